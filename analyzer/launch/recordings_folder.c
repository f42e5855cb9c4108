/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/recordings_folder.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/utf8.h"

/* Always NULL. */
static char *refuse(const char *path, const char *why)
{
	fputs("finleak: cannot keep recordings in ", stderr);
	utf8_print_escaped(stderr, path);
	fputs(": ", stderr);
	utf8_print_escaped(stderr, why);
	fputc('\n', stderr);
	return NULL;
}

/* Errors show when PATH itself is created. */
static void make_parents(const char *path)
{
	char *parent = allocate_text(path), *slash;

	for (slash = strchr(parent + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(parent, 0777);
		*slash = '/';
	}
	free(parent);
}

/* PATH without slashes at its end, by which a link would be followed. */
static char *without_slashes(const char *path)
{
	size_t length = strlen(path);

	while (length > 1 && path[length - 1] == '/')
		length--;
	return allocate_printed("%.*s", (int)length, path);
}

static char *refuse_owner(const char *path, uid_t owner)
{
	const struct passwd *entry = getpwuid(owner);
	char *why = entry ? allocate_printed("it belongs to %s (see --share-recordings)",
					     entry->pw_name)
			  : allocate_printed("it belongs to user %u (see --share-recordings)",
					     (unsigned int)owner);

	refuse(path, why);
	free(why);
	return NULL;
}

/* Somebody else could read what is recorded, put other files there, or have ours written elsewhere.
 */
static char *use_existing(const char *path, bool shared)
{
	struct stat status;

	if (lstat(path, &status) < 0)
		return refuse(path, strerror(errno));
	if (S_ISLNK(status.st_mode) && !shared)
		return refuse(path, "it is a link: name the folder that it leads to");
	if (stat(path, &status) < 0)
		return refuse(path, strerror(errno));
	if (!S_ISDIR(status.st_mode))
		return refuse(path, strerror(ENOTDIR));
	if (shared && (status.st_mode & 01777) != 01777)
		return refuse(path, "other users can't add recordings: chmod 1777 it or name a new "
				    "folder");
	if (!shared && status.st_uid != geteuid())
		return refuse_owner(path, status.st_uid);
	if (access(path, W_OK | X_OK) < 0)
		return refuse(path, strerror(errno));
	return realpath(path, NULL);
}

char *recordings_folder_make(const char *path, bool shared)
{
	char *plain = without_slashes(path), *found = NULL;

	make_parents(plain);
	if (mkdir(plain, 0700) == 0) {
		/* Not by mkdir(), to which the umask applies. */
		if (shared && chmod(plain, 01777) < 0)
			refuse(plain, strerror(errno));
		else
			found = realpath(plain, NULL);
	} else if (errno == EEXIST) {
		found = use_existing(plain, shared);
	} else {
		char *why = allocate_printed("%s; name another folder with --recordings",
					     strerror(errno));

		refuse(plain, why);
		free(why);
	}
	free(plain);
	return found;
}
