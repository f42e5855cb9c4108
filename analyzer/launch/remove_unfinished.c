/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/remove_unfinished.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/paths.h"
#include "preload/recording/recording.h"

/* Steps back from END over digits and the dot ahead of them; NULL: there are none. */
static const char *before_number(const char *name, const char *end)
{
	const char *place = end;

	while (place > name && isdigit((unsigned char)place[-1]))
		place--;
	return place < end && place > name && place[-1] == '.' ? place - 1 : NULL;
}

/* COMM.PID.N.starting */
static bool is_unfinished(const char *name)
{
	const char *end = path_suffix(name, RECORDING_STARTING);
	const char *dot = end ? before_number(name, end) : NULL;

	return dot && before_number(name, dot);
}

/*
 * Whoever writes it holds it open or mapped for writing: then there is no lease to be had, in
 * whatever PID namespace that is.
 */
static bool is_abandoned(int fd)
{
	static const char zeros[sizeof(RECORDING_MAGIC)];
	char begin[sizeof(RECORDING_MAGIC)] = "";
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_uid != geteuid())
		return false;
	if (pread(fd, begin, sizeof(begin), 0) < 0 ||
	    (memcmp(begin, RECORDING_MAGIC, sizeof(begin)) != 0 &&
	     memcmp(begin, zeros, sizeof(begin)) != 0))
		return false;
	/* Breaking a lease sends a signal: one that is ignored. */
	return fcntl(fd, F_SETSIG, SIGURG) == 0 && fcntl(fd, F_SETLEASE, F_RDLCK) == 0;
}

void remove_unfinished(const char *folder)
{
	DIR *directory = opendir(folder);
	const struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory)) != NULL) {
		int fd;

		if (!is_unfinished(entry->d_name))
			continue;
		fd = openat(dirfd(directory), entry->d_name,
			    O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			continue;
		if (is_abandoned(fd))
			unlinkat(dirfd(directory), entry->d_name, 0);
		close(fd);
	}
	closedir(directory);
}
