/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/preload_order.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/proc_lines.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/base/regular_file.h"
#include "analyzer/symbolize/elf_identity.h"

/* The longest environment that exec takes, as a rule. */
#define ENVIRONMENT_MAX (2u << 20)

static const char separators[] = ": \t\n";

/* The value of LD_PRELOAD that PID was started with; NULL none. The caller frees it. */
static char *read_preload(pid_t pid)
{
	static const char name[] = "LD_PRELOAD=";
	struct proc_lines environment;
	char *line, *value = NULL;
	size_t read = 0;

	if (!proc_lines_open(&environment, pid, "environ", '\0'))
		return NULL;
	while (!value && read < ENVIRONMENT_MAX && (line = proc_lines_next(&environment))) {
		read += strlen(line) + 1;
		if (strncmp(line, name, sizeof(name) - 1) == 0)
			value = allocate_text(line + sizeof(name) - 1);
	}
	proc_lines_close(&environment);
	return value;
}

/* The file that PID has mapped under a name that begins with BASE, opened; -1: none. */
static int open_mapped(pid_t pid, const char *base)
{
	struct proc_lines maps;
	struct stat status;
	char *line;
	int fd = -1;

	if (!proc_lines_open(&maps, pid, "maps", '\n'))
		return -1;
	while (fd < 0 && (line = proc_lines_next(&maps))) {
		char *file = strchr(line, '/'), *mapped;

		if (!file)
			continue;
		/* Libraries are links to what is mapped: libx.so, libx.so.1, libx.so.1.2. */
		if (strncmp(path_base(file), base, strlen(base)) != 0)
			continue;
		mapped = allocate_printed("/proc/%d/root%s", proc_task((int)pid), file);
		fd = regular_file_open(mapped, &status);
		free(mapped);
	}
	proc_lines_close(&maps);
	return fd;
}

static bool has_socket_call(pid_t pid, const char *base)
{
	int fd = open_mapped(pid, base);
	bool has;

	if (fd < 0)
		return false;
	has = elf_defines(fd, "socket");
	close(fd);
	return has;
}

bool preload_order_is_behind(pid_t pid, const char *library, char *name, size_t size)
{
	char *preload = read_preload(pid), *rest = preload, *entry;
	bool found = false;

	while (!found && (entry = strsep(&rest, separators)) != NULL) {
		const char *base = path_base(entry);

		if (!base[0] || elf_is_sanitizer_runtime(base))
			continue;
		if (strcmp(base, path_base(library)) == 0)
			break;
		found = has_socket_call(pid, base);
		if (found)
			snprintf(name, size, "%s", base);
	}
	free(preload);
	return found;
}
