/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_thread.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"

/* The system calls that programs sleep in. */
static const struct sleeping_call {
	long number;
	const char *name;
	bool on_descriptor; /* the first argument is one */
} sleeping_calls[] = {
	{ SYS_futex, "futex", false },
	{ SYS_read, "read", true },
	{ SYS_readv, "readv", true },
	{ SYS_write, "write", true },
	{ SYS_writev, "writev", true },
	{ SYS_recvfrom, "recvfrom", true },
	{ SYS_recvmsg, "recvmsg", true },
	{ SYS_sendto, "sendto", true },
	{ SYS_sendmsg, "sendmsg", true },
	{ SYS_accept4, "accept4", true },
	{ SYS_accept, "accept", true },
	{ SYS_connect, "connect", true },
	{ SYS_flock, "flock", true },
	{ SYS_fsync, "fsync", true },
	{ SYS_epoll_pwait, "epoll_pwait", true },
	{ SYS_ppoll, "ppoll", false },
	{ SYS_pselect6, "pselect6", false },
	{ SYS_nanosleep, "nanosleep", false },
	{ SYS_clock_nanosleep, "clock_nanosleep", false },
	{ SYS_wait4, "wait4", false },
	{ SYS_waitid, "waitid", false },
	{ SYS_rt_sigtimedwait, "sigtimedwait", false },
	{ SYS_rt_sigsuspend, "sigsuspend", false },
#ifdef SYS_poll
	{ SYS_poll, "poll", false },
	{ SYS_select, "select", false },
	{ SYS_epoll_wait, "epoll_wait", true },
	{ SYS_pause, "pause", false },
#endif
};

#define FUTEX_OPERATIONS 16

/* By operation, without its flags; NULL: it does not wait. */
static const char *const futex_waits[FUTEX_OPERATIONS] = {
	[FUTEX_WAIT] = "FUTEX_WAIT",
	[FUTEX_LOCK_PI] = "FUTEX_LOCK_PI",
	[FUTEX_WAIT_BITSET] = "FUTEX_WAIT",
	[FUTEX_WAIT_REQUEUE_PI] = "FUTEX_WAIT_REQUEUE_PI",
};

/* /proc/PID/task/TID/NAME, one line; returns 0, or the errno that keeps us from it. */
static int read_line(char *text, size_t size, int pid, int tid, const char *name)
{
	char path[64];
	ssize_t length;
	int fd, failure;

	text[0] = '\0';
	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	length = read(fd, text, size - 1);
	failure = length < 0 ? errno : 0;
	close(fd);
	text[length > 0 ? length : 0] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return failure;
}

/* STATUS is "812 (name) S ..."; the name, up to NAME_END, may hold anything. */
static void take_name(struct kernel_thread *thread, const char *status, const char *name_end)
{
	const char *name = strchr(status, '(');

	if (name && name < name_end)
		snprintf(thread->name, sizeof(thread->name), "%.*s", (int)(name_end - name - 1),
			 name + 1);
}

void kernel_thread_read(struct kernel_thread *thread, int pid, int tid)
{
	const char *name_end;
	char status[512];
	int failure = read_line(status, sizeof(status), pid, tid, "stat");

	*thread = (struct kernel_thread){ 0 };
	if (failure == ENOENT || failure == ESRCH)
		thread->state = 'X';
	name_end = strrchr(status, ')');
	if (failure || !name_end || sscanf(name_end + 1, " %c", &thread->state) != 1)
		return;
	take_name(thread, status, name_end);
	read_line(thread->call, sizeof(thread->call), pid, tid, "syscall");
	read_line(thread->wchan, sizeof(thread->wchan), pid, tid, "wchan");
	if (strcmp(thread->wchan, "0") == 0)
		thread->wchan[0] = '\0';
}

static const struct sleeping_call *find_call(long number)
{
	size_t i;

	for (i = 0; i < sizeof(sleeping_calls) / sizeof(sleeping_calls[0]); i++)
		if (sleeping_calls[i].number == number)
			return &sleeping_calls[i];
	return NULL;
}

/* Continues "sleeps" by the system call in CALL. False: it names none. */
static bool add_call(char *text, size_t size, const char *call)
{
	const struct sleeping_call *known;
	unsigned long first, second;
	size_t length = strlen(text);
	const char *futex = NULL;
	long number;

	/* -1: it sleeps outside any call, in a page fault. */
	if (sscanf(call, "%ld %lx %lx", &number, &first, &second) != 3 || number < 0)
		return false;
	known = find_call(number);
	text += length;
	size -= length;
	if (number == SYS_futex && (second & FUTEX_CMD_MASK) < FUTEX_OPERATIONS)
		futex = futex_waits[second & FUTEX_CMD_MASK];
	if (futex)
		snprintf(text, size, " in futex (%s)", futex);
	else if (known && known->on_descriptor)
		snprintf(text, size, " in %s on descriptor %d", known->name, (int)first);
	else if (known)
		snprintf(text, size, " in %s", known->name);
	else
		snprintf(text, size, " in system call %ld", number);
	return true;
}

void kernel_thread_phrase(char *text, size_t size, const struct kernel_thread *thread)
{
	const char *state = "";
	size_t length;

	switch (thread->state) {
	case '\0':
		break;
	case 'R':
		state = "runs";
		break;
	case 'S':
	case 'I':
		state = "sleeps";
		break;
	case 'D':
		state = "sleeps uninterruptibly";
		break;
	case 'T':
		state = "is stopped";
		break;
	case 't':
		state = "is stopped by a debugger";
		break;
	default:
		state = "has ended";
		break;
	}
	snprintf(text, size, "%s", state);
	if (strncmp(state, "sleeps", 6) != 0 || add_call(text, size, thread->call))
		return;
	length = strlen(text);
	if (thread->wchan[0])
		snprintf(text + length, size - length, " in the kernel's %s", thread->wchan);
}

int kernel_thread_descriptor(const struct kernel_thread *thread)
{
	const struct sleeping_call *known;
	unsigned long first;
	long number;

	if ((thread->state != 'S' && thread->state != 'D') ||
	    sscanf(thread->call, "%ld %lx", &number, &first) != 2)
		return -1;
	known = find_call(number);
	return known && known->on_descriptor ? (int)first : -1;
}

static int by_number(const void *left, const void *right)
{
	const int *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

int *kernel_thread_list(int pid, size_t *count)
{
	const struct dirent *entry;
	int *threads = NULL, tid;
	char path[64];
	DIR *folder;

	*count = 0;
	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	if (!folder)
		return NULL;
	while ((entry = readdir(folder))) {
		tid = atoi(entry->d_name);
		if (tid <= 0)
			continue;
		*(int *)allocate_next(&threads, *count, sizeof(*threads)) = tid;
		++*count;
	}
	closedir(folder);
	if (*count)
		qsort(threads, *count, sizeof(*threads), by_number);
	return threads;
}

int kernel_thread_only(int pid)
{
	struct stat status;
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	/* A folder has a link for each folder in it, and two of its own. */
	return stat(path, &status) == 0 && status.st_nlink == 3 ? pid : 0;
}

void kernel_thread_describe(char *text, size_t size, int pid, int tid)
{
	struct kernel_thread thread;

	kernel_thread_read(&thread, pid, tid);
	kernel_thread_phrase(text, size, &thread);
}

/* glibc's mutex begins so; __lock is the futex. */
struct futex_mutex {
	int32_t lock;
	uint32_t count;
	int32_t owner;
};

static bool read_mutex(struct futex_mutex *mutex, int pid, unsigned long address)
{
	struct iovec here = { mutex, sizeof(*mutex) };
	struct iovec there = { (void *)address, sizeof(*mutex) };

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)sizeof(*mutex);
}

int kernel_thread_lock_holder(int pid, int tid)
{
	struct kernel_thread thread;
	struct futex_mutex mutex = { 0 };
	unsigned long address, operation;
	char path[64];
	long number;

	kernel_thread_read(&thread, pid, tid);
	if (thread.state != 'S' ||
	    sscanf(thread.call, "%ld %lx %lx", &number, &address, &operation) != 3 ||
	    number != SYS_futex || (operation & FUTEX_CMD_MASK) != FUTEX_WAIT ||
	    !read_mutex(&mutex, pid, address) || !mutex.lock || mutex.owner <= 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, mutex.owner);
	return access(path, F_OK) == 0 ? mutex.owner : 0;
}

unsigned long long kernel_thread_switches(int pid, int tid)
{
	unsigned long long switches = 0, count;
	char path[64], line[256];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/status", pid, tid);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "voluntary_ctxt_switches: %llu", &count) == 1 ||
		    sscanf(line, "nonvoluntary_ctxt_switches: %llu", &count) == 1)
			switches += count;
	fclose(file);
	return switches;
}
