/* SPDX-License-Identifier: MIT */
#include "analyzer/base/user_rights.h"

#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define GROUPS_MAX 1024

/* The group of users that the system does not know: the overflow group, which owns nothing. */
#define NO_GROUP 65534

bool user_rights_exceed(uid_t user)
{
	return geteuid() == 0 && user != 0;
}

/* Securebits may keep capabilities over a change of user. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3];

	memset(none, 0, sizeof(none));
	return syscall(SYS_capset, &header, none) == 0;
}

bool user_rights_become(uid_t user)
{
	const struct passwd *entry = getpwuid(user);
	gid_t group = entry ? entry->pw_gid : NO_GROUP, groups[GROUPS_MAX] = { group };
	int count = GROUPS_MAX;

	if (!entry || getgrouplist(entry->pw_name, group, groups, &count) < 0)
		count = 1;
	return setgroups((size_t)count, groups) == 0 && setresgid(group, group, group) == 0 &&
	       setresuid(user, user, user) == 0 && drop_capabilities() && geteuid() == user &&
	       getegid() == group;
}
