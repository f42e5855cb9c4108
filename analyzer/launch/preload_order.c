/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/preload_order.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/elf_identity.h"

/* The longest environment that exec takes, as a rule. */
#define ENVIRONMENT_MAX (2u << 20)

static const char separators[] = ": \t\n";

static const char *base_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The value of LD_PRELOAD that PID was started with; NULL none. The caller frees it. */
static char *read_preload(pid_t pid)
{
	static const char name[] = "LD_PRELOAD=";
	char path[64], *line = NULL, *value = NULL;
	size_t room = 0, read = 0;
	ssize_t length;
	FILE *environment;

	snprintf(path, sizeof(path), "/proc/%d/environ", (int)pid);
	environment = fopen(path, "re");
	if (!environment)
		return NULL;
	while (!value && read < ENVIRONMENT_MAX &&
	       (length = getdelim(&line, &room, '\0', environment)) > 0) {
		read += (size_t)length;
		if (strncmp(line, name, sizeof(name) - 1) == 0)
			value = allocate_text(line + sizeof(name) - 1);
	}
	free(line);
	fclose(environment);
	return value;
}

/* The file that PID has mapped under a name that ends with /BASE, opened; -1: none. */
static int open_mapped(pid_t pid, const char *base)
{
	char path[64], *line = NULL;
	FILE *maps;
	size_t room = 0;
	int fd = -1;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	maps = fopen(path, "re");
	if (!maps)
		return -1;
	while (fd < 0 && getline(&line, &room, maps) > 0) {
		char *file = strchr(line, '/'), *mapped;

		line[strcspn(line, "\n")] = '\0';
		if (!file)
			continue;
		/* Libraries are links to what is mapped: libx.so, libx.so.1, libx.so.1.2. */
		if (strncmp(base_of(file), base, strlen(base)) != 0)
			continue;
		mapped = allocate_printed("/proc/%d/root%s", (int)pid, file);
		fd = open(mapped, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		free(mapped);
	}
	free(line);
	fclose(maps);
	return fd;
}

static bool has_socket_call(pid_t pid, const char *base)
{
	int fd = open_mapped(pid, base);
	struct stat status;
	bool has;

	if (fd < 0)
		return false;
	has = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) && elf_defines(fd, "socket");
	close(fd);
	return has;
}

bool preload_order_is_behind(pid_t pid, const char *library, char *name, size_t size)
{
	char *preload = read_preload(pid), *rest = preload, *entry;
	bool found = false;

	while (!found && (entry = strsep(&rest, separators)) != NULL) {
		const char *base = base_of(entry);

		if (!base[0] || elf_is_sanitizer_runtime(base))
			continue;
		if (strcmp(base, base_of(library)) == 0)
			break;
		found = has_socket_call(pid, base);
		if (found)
			snprintf(name, size, "%s", base);
	}
	free(preload);
	return found;
}
