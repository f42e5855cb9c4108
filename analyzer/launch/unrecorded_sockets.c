/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/unrecorded_sockets.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "preload/recording/recording.h"

/* Is descriptor NAME in the folder FOLDER of a process a TCP socket? The kernel names protocols. */
static bool is_tcp(const char *folder, const char *name)
{
	char path[96], link[32], protocol[32] = "";
	ssize_t length;

	snprintf(path, sizeof(path), "%s/%.20s", folder, name);
	length = readlink(path, link, sizeof(link) - 1);
	if (length < 7 || strncmp(link, "socket:", 7) != 0)
		return false;
	if (getxattr(path, "system.sockprotoname", protocol, sizeof(protocol) - 1) < 0)
		return false;
	return strncmp(protocol, "TCP", 3) == 0 || strncmp(protocol, "MPTCP", 5) == 0;
}

static bool has_other_rights(pid_t pid)
{
	char path[64];
	struct stat status;

	/* Owned by root where the process may not be examined. */
	snprintf(path, sizeof(path), "/proc/%d", (int)pid);
	return stat(path, &status) == 0 && status.st_uid != geteuid();
}

enum unrecorded_sockets unrecorded_sockets(pid_t pid)
{
	const struct dirent *entry;
	char path[64];
	bool found = false;
	DIR *descriptors;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	descriptors = opendir(path);
	if (!descriptors)
		return errno == EACCES && has_other_rights(pid) ? SOCKETS_REFUSED : SOCKETS_NONE;
	while (!found && (entry = readdir(descriptors)) != NULL)
		found = isdigit((unsigned char)entry->d_name[0]) && is_tcp(path, entry->d_name);
	closedir(descriptors);
	return found ? SOCKETS_TCP : SOCKETS_NONE;
}

bool process_maps_recording(pid_t pid)
{
	char path[64], *line = NULL;
	bool found = false;
	size_t room = 0;
	ssize_t length;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	if (!maps)
		return false;
	/* What was removed ends with " (deleted)". */
	while (!found && (length = getline(&line, &room, maps)) > 0) {
		const size_t suffix = sizeof(RECORDING_SUFFIX "\n") - 1;

		found = (size_t)length > suffix &&
			strcmp(line + (size_t)length - suffix, RECORDING_SUFFIX "\n") == 0;
	}
	free(line);
	fclose(maps);
	return found;
}
