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

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/proc_lines.h"
#include "analyzer/base/proc_task.h"
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

	snprintf(path, sizeof(path), "/proc/%d/fd", proc_task((int)pid));
	descriptors = opendir(path);
	if (!descriptors)
		return errno == EACCES && has_other_rights(pid) ? SOCKETS_REFUSED : SOCKETS_NONE;
	while (!found && (entry = readdir(descriptors)) != NULL)
		found = isdigit((unsigned char)entry->d_name[0]) && is_tcp(path, entry->d_name);
	closedir(descriptors);
	return found ? SOCKETS_TCP : SOCKETS_NONE;
}

/* Is LINE of /proc/PID/maps a recording in FOLDER? What was removed ends otherwise. */
static bool is_recording_in(const char *line, const void *folder)
{
	unsigned long long inode;
	struct stat status;
	char *path;
	bool found;

	if (!path_suffix(line, RECORDING_SUFFIX) ||
	    sscanf(line, "%*s %*s %*s %*s %llu", &inode) != 1)
		return false;
	path = allocate_printed("%s%s", (const char *)folder,
				strrchr(line, '/') ? strrchr(line, '/') : "/");
	/* In a sandbox there may be another folder by that name. */
	found = stat(path, &status) == 0 && status.st_ino == inode;
	free(path);
	return found;
}

bool process_maps_recording(pid_t pid, const char *folder)
{
	return proc_lines_any(pid, "maps", is_recording_in, folder);
}
