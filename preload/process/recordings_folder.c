/* SPDX-License-Identifier: MIT */
#include "preload/process/recordings_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "preload/platform/raw_calls.h"
#include "preload/process/options.h"
#include "preload/process/startup_message.h"

/*
 * Does the process that started this one have the recorder, too? Then it has met the same folder,
 * and has printed the line.
 */
static bool parent_is_recorded(void)
{
	static const char library[] = "/libfinleak.so";
	char path[64], text[4096];
	size_t kept = 0;
	bool found = false;
	long fd, length;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)getppid());
	fd = raw_call(SYS_openat, AT_FDCWD, (long)path, O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		return false;
	while (!found && (length = raw_call(SYS_read, fd, (long)(text + kept),
					    (long)(sizeof(text) - 1 - kept), 0)) > 0) {
		size_t end = kept + (size_t)length, i;

		text[end] = '\0';
		found = strstr(text, library) != NULL;
		/* It may lie across two reads. */
		kept = end < sizeof(library) ? end : sizeof(library);
		for (i = 0; i < kept; i++)
			text[i] = text[end - kept + i];
	}
	raw_call(SYS_close, fd, 0, 0, 0);
	return found;
}

/* What libc has for that is translated, by an allocation. NULL: nothing is wrong with the folder.
 */
static const char *words_of(int failure)
{
	switch (failure) {
	case ENOSPC:
	case EDQUOT:
		return NULL;
	case EACCES:
	case EPERM:
		return "(permission denied)";
	case ENOTDIR:
		return "(not a folder)";
	case EROFS:
		return "(a read-only file system)";
	case ENAMETOOLONG:
		return "(too long a name)";
	default:
		return "(it can't be created)";
	}
}

/* Returns 0, or the errno of creating the folder itself. */
static int make_folders(void)
{
	char *slash;

	for (slash = strchr(options.recordings + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(options.recordings, 0777);
		*slash = '/';
	}
	return mkdir(options.recordings, 0700) < 0 && errno != EEXIST ? errno : 0;
}

static void cut_slashes(void)
{
	size_t length = strlen(options.recordings);

	while (length > 1 && options.recordings[length - 1] == '/')
		options.recordings[--length] = '\0';
}

/*
 * May the folder be used? Somebody else could read what is recorded, or have it written elsewhere.
 * *WHY: what is wrong with it; NULL: there is no room for it.
 */
static bool is_usable(const char **why)
{
	struct stat status;

	*why = NULL;
	if (fstatat(AT_FDCWD, options.recordings, &status, AT_SYMLINK_NOFOLLOW) < 0)
		*why = words_of(errno);
	else if (S_ISLNK(status.st_mode) && !options.share_folder)
		*why = "(it is a link; share=1 allows that)";
	else if (!S_ISDIR(status.st_mode) && !S_ISLNK(status.st_mode))
		*why = words_of(ENOTDIR);
	else if (status.st_uid != raw_call(SYS_geteuid, 0, 0, 0, 0) && !options.share_folder)
		*why = "(it belongs to another user; share=1 allows that)";
	else if (access(options.recordings, W_OK | X_OK) < 0)
		*why = words_of(errno);
	else
		return true;
	return false;
}

bool recordings_folder_prepare(void)
{
	const char *why;
	int failure = 0;

	cut_slashes();
	/* `finleak run` has made it. Where it is not there, this is another file system (a
	 * sandbox), and what would be recorded there is lost. */
	if (!options.under_run)
		failure = make_folders();
	if (is_usable(&why))
		return true;
	/* Another's, or a sandbox' own: nothing is to be created there. */
	if (options.maker[0]) {
		options.folder_is_closed = true;
		return true;
	}
	if (failure)
		why = words_of(failure);
	if (why && !options.under_run && !parent_is_recorded())
		startup_message("nothing is recorded in", options.recordings, why);
	return false;
}
