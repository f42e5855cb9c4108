/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/user_rights.h"

#define NOBODY 65534

static bool has_no_capabilities(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	unsigned long long set;
	char line[256];
	int found = 0;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "CapPrm: %llx", &set) == 1 ||
		    sscanf(line, "CapEff: %llx", &set) == 1)
			found += set == 0;
	if (file)
		fclose(file);
	return found == 2;
}

/* What is wrong with a child that took on the rights of USER; 0 nothing. */
static int wrong_after_becoming(uid_t user)
{
	gid_t groups[64];
	uid_t real, effective, saved;
	int count, i;

	if (!user_rights_become(user))
		return 1;
	if (getresuid(&real, &effective, &saved) < 0 || real != user || effective != user ||
	    saved != user)
		return 2;
	if (setuid(0) == 0 || seteuid(0) == 0)
		return 3;
	if (!has_no_capabilities())
		return 4;
	if (open("/etc/shadow", O_RDONLY | O_CLOEXEC) >= 0)
		return 5;
	count = getgroups(64, groups);
	for (i = 0; i < count; i++)
		if (groups[i] == 0)
			return 6;
	return getegid() == 0 ? 7 : 0;
}

static void assert_becomes(uid_t user)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0)
		_exit(wrong_after_becoming(user));
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_root_becomes_a_user_for_good(void **state)
{
	(void)state;
	if (geteuid() != 0)
		skip();
	assert_becomes(NOBODY);
}

static void test_nobody_else_can_do_more(void **state)
{
	(void)state;
	assert_int_equal(user_rights_exceed(NOBODY), geteuid() == 0);
	assert_false(user_rights_exceed(0));
	assert_false(user_rights_exceed(geteuid()));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_root_becomes_a_user_for_good),
		cmocka_unit_test(test_nobody_else_can_do_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
