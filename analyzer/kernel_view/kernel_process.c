/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_process.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/proc_lines.h"
#include "analyzer/base/proc_stat.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/kernel_view/kernel_namespace.h"

#define COMMAND_SIZE 4096

/* How many ancestors of a process are searched for the one that started it. */
#define GENERATIONS_MAX 64

/* Up to SIZE - 1 bytes of /proc/PID/NAME, NUL-terminated. Returns their number, -1 with errno. */
static ssize_t read_file(int pid, const char *name, char *text, size_t size)
{
	ssize_t length;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", proc_task(pid), name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	length = read(fd, text, size - 1);
	close(fd);
	if (length >= 0)
		text[length] = '\0';
	return length;
}

/* START_TICKS are rounded down: what began with the process is younger than START_TICKS + 1. */
static double start_of(unsigned long long start_ticks)
{
	return ((double)start_ticks + 1) * 1e3 / (double)sysconf(_SC_CLK_TCK);
}

static double age_of(unsigned long long start_ticks)
{
	double age = clock_since_boot_ms() - start_of(start_ticks);

	return age > 0 ? age : 0;
}

static char *read_executable(int pid)
{
	static const char deleted[] = " (deleted)";
	char path[64], target[PATH_MAX];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", proc_task(pid));
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = '\0';
	/* The file was replaced since: a new one has the name. */
	length -= (ssize_t)sizeof(deleted) - 1;
	if (length > 0 && strcmp(target + length, deleted) == 0)
		target[length] = '\0';
	return allocate_text(target);
}

static char *read_command(int pid, const char *name)
{
	char text[COMMAND_SIZE];
	ssize_t length = read_file(pid, "cmdline", text, sizeof(text)), i;

	while (length > 0 && text[length - 1] == '\0')
		length--;
	if (length <= 0)
		return allocate_text(name);
	for (i = 0; i < length; i++)
		if (text[i] == '\0')
			text[i] = ' ';
	return allocate_text(text);
}

static uid_t read_uid(int pid)
{
	char text[4096], *line;
	unsigned int real, effective;

	if (read_file(pid, "status", text, sizeof(text)) <= 0)
		return (uid_t)-1;
	line = strstr(text, "\nUid:");
	if (!line || sscanf(line, "\nUid: %u %u", &real, &effective) != 2)
		return (uid_t)-1;
	return effective;
}

int kernel_process_read(struct kernel_process *process, int pid)
{
	struct proc_stat stat;
	struct rlimit limit;

	*process = (struct kernel_process){ .pid = pid };
	if (!proc_stat_read(&stat, pid) || proc_stat_has_ended(&stat, pid)) {
		process->executable = allocate_text("");
		process->command = allocate_text("");
		return ESRCH;
	}
	process->parent_pid = stat.parent;
	process->start_ms = start_of(stat.start_ticks);
	process->age_ms = age_of(stat.start_ticks);
	process->executable = read_executable(pid);
	process->command = read_command(pid, stat.command);
	process->uid = read_uid(pid);
	process->namespace = kernel_namespace_of(pid);
	if (prlimit(pid, RLIMIT_NOFILE, NULL, &limit) == 0)
		process->descriptor_limit = limit.rlim_cur;
	return 0;
}

double kernel_process_start_ms(int pid)
{
	struct proc_stat stat;

	return proc_stat_read(&stat, pid) ? start_of(stat.start_ticks) : clock_since_boot_ms();
}

void kernel_process_clear(struct kernel_process *process)
{
	free(process->executable);
	free(process->command);
	kernel_descriptors_clear(&process->descriptors);
}

bool kernel_process_ended(const struct kernel_process *process)
{
	struct proc_stat stat;

	if (!proc_stat_read(&stat, process->pid))
		return true;
	/* Within two clock ticks it is the same process: a PID is not reused that soon. */
	return proc_stat_has_ended(&stat, process->pid) ||
	       age_of(stat.start_ticks) + 20 < process->age_ms;
}

static int by_pid(const void *left, const void *right)
{
	int a = *(const int *)left, b = *(const int *)right;

	return a < b ? -1 : a > b;
}

int *kernel_process_pids(size_t *count)
{
	const struct dirent *entry;
	int *pids = NULL, self = (int)getpid();
	DIR *folder = opendir("/proc");

	*count = 0;
	while (folder && (entry = readdir(folder)) != NULL) {
		int pid = isdigit((unsigned char)entry->d_name[0]) ? atoi(entry->d_name) : self;

		if (pid == self)
			continue;
		*(int *)allocate_next(&pids, *count, sizeof(*pids)) = pid;
		++*count;
	}
	if (folder)
		closedir(folder);
	if (*count)
		qsort(pids, *count, sizeof(*pids), by_pid);
	return pids;
}

bool kernel_process_is_finleak(int pid)
{
	struct stat own, other;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/exe", proc_task(pid));
	return stat("/proc/self/exe", &own) == 0 && stat(path, &other) == 0 &&
	       own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

int kernel_process_program(int pid)
{
	char name[64], children[256], *next = children;
	long child;

	if (pid <= 0 || !kernel_process_is_finleak(pid))
		return pid;
	snprintf(name, sizeof(name), "task/%d/children", pid);
	if (read_file(pid, name, children, sizeof(children)) <= 0)
		return pid;
	/* The first that is not a helper of finleak's own. */
	while ((child = strtol(next, &next, 10)) > 0 && child <= INT_MAX)
		if (!kernel_process_is_finleak((int)child))
			return (int)child;
	return pid;
}

bool kernel_process_descends_from(int pid, int ancestor)
{
	int generation;

	for (generation = 0; pid > 1 && generation < GENERATIONS_MAX; generation++) {
		struct kernel_process process;
		int failure = kernel_process_read(&process, pid);

		kernel_process_clear(&process);
		if (failure)
			return false;
		if (process.parent_pid == ancestor)
			return true;
		pid = process.parent_pid;
	}
	return false;
}

void kernel_process_all_holdings(struct kernel_holdings *holdings)
{
	size_t count, i;
	int *pids = kernel_process_pids(&count);

	for (i = 0; i < count; i++)
		kernel_holders_add(holdings, NULL, pids[i]);
	free(pids);
	kernel_holders_sort(holdings);
}

/* PF_EXITING of the kernel's task flags, which /proc shows as a number. */
#define TASK_IS_EXITING 0x4u

bool kernel_process_is_exiting(int pid)
{
	char path[64], line[1024];
	unsigned int flags = TASK_IS_EXITING;
	const char *rest = NULL;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (!file)
		return true;
	if (fgets(line, sizeof(line), file))
		rest = strrchr(line, ')');
	fclose(file);
	/* State, parent, group, session, terminal, its group. */
	return !rest || sscanf(rest + 1, " %*c %*d %*d %*d %*d %*d %u", &flags) != 1 ||
	       (flags & TASK_IS_EXITING);
}

bool kernel_process_dumps_core(int pid)
{
	struct proc_lines status;
	const char *line;
	bool dumps = false;

	if (!proc_lines_open(&status, pid, "status", '\n'))
		return false;
	while (!dumps && (line = proc_lines_next(&status)))
		dumps = strcmp(line, "CoreDumping:\t1") == 0;
	proc_lines_close(&status);
	return dumps;
}
