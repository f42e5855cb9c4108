/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_epoll.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/base/sorted_rows.h"

/* The number after NAME (which ends in a colon) in LINE; false if there is none. */
static bool number_after(const char *line, const char *name, int base, uint64_t *number)
{
	const char *place = strstr(line, name);
	char *rest;

	if (!place)
		return false;
	place += strlen(name);
	errno = 0;
	*number = strtoull(place, &rest, base);
	return rest != place && !errno;
}

bool kernel_epoll_parse(struct kernel_interest *interest, const char *line, uint64_t socket_device)
{
	uint64_t fd, events, inode, device;

	if (strncmp(line, "tfd:", 4) != 0)
		return false;
	if (!number_after(line, "tfd:", 10, &fd) || !number_after(line, "events:", 16, &events) ||
	    !number_after(line, "ino:", 16, &inode) || !number_after(line, "sdev:", 16, &device))
		return false;
	if (fd > INT32_MAX || inode > UINT32_MAX || events > UINT32_MAX)
		return false;
	if (socket_device && device != socket_device)
		return false;
	interest->fd = (int)fd;
	interest->events = (uint32_t)events;
	interest->inode = (uint32_t)inode;
	return true;
}

/* Inode numbers are unique within a file system. All sockets share one: its device, as in fdinfo.
 */
static uint64_t socket_device(void)
{
	static uint64_t device;
	struct stat status;
	int fd;

	if (device)
		return device;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && fstat(fd, &status) == 0)
		device = (uint64_t)major(status.st_dev) << 20 | minor(status.st_dev);
	if (fd >= 0)
		close(fd);
	return device;
}

int kernel_epoll_add(struct kernel_interests *interests, int pid, int epoll)
{
	struct kernel_interest interest = { .pid = pid, .epoll = epoll };
	uint64_t device = socket_device();
	char path[64], *line = NULL;
	size_t size = 0;
	int failure = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/fdinfo/%d", proc_task(pid), epoll);
	file = fopen(path, "re");
	if (!file)
		return errno == ENOENT ? ESRCH : errno;
	while (getline(&line, &size, file) >= 0) {
		if (!kernel_epoll_parse(&interest, line, device))
			continue;
		*(struct kernel_interest *)allocate_next(&interests->list, interests->count,
							 sizeof(interest)) = interest;
		interests->count++;
	}
	if (ferror(file))
		failure = errno ? errno : EIO;
	free(line);
	fclose(file);
	return failure;
}

static int by_interest(const void *left, const void *right)
{
	const struct kernel_interest *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->epoll < b->epoll ? -1 : a->epoll > b->epoll;
}

void kernel_interests_sort(struct kernel_interests *interests)
{
	if (interests->count)
		qsort(interests->list, interests->count, sizeof(*interests->list), by_interest);
}

static bool has_lower_inode(const void *row, const void *inode)
{
	return ((const struct kernel_interest *)row)->inode < *(const uint32_t *)inode;
}

const struct kernel_interest *kernel_interests_of_inode(const struct kernel_interests *interests,
							uint32_t inode, size_t *count)
{
	size_t first = rows_before(interests->list, interests->count, sizeof(*interests->list),
				   has_lower_inode, &inode);
	size_t end = first;

	while (end < interests->count && interests->list[end].inode == inode)
		end++;
	*count = end - first;
	return *count ? &interests->list[first] : NULL;
}

/*
 * Is EOF among EVENTS? EPOLLHUP is not: the kernel always reports it, but only when
 * both directions are closed.
 */
static bool reports_end(uint32_t events)
{
	return events & (EPOLLIN | EPOLLRDNORM | EPOLLRDHUP);
}

const struct kernel_interest *kernel_interests_deciding(const struct kernel_interests *interests,
							uint32_t inode)
{
	size_t count, i;
	const struct kernel_interest *list = kernel_interests_of_inode(interests, inode, &count);

	for (i = 0; i < count; i++)
		if (reports_end(list[i].events))
			return &list[i];
	return list;
}

enum epoll_readiness kernel_epoll_readiness(const struct kernel_interest *deciding, bool complete)
{
	if (!deciding)
		return complete ? EPOLL_UNWATCHED : EPOLL_UNKNOWN;
	return reports_end(deciding->events) ? EPOLL_REPORTED : EPOLL_PAUSED;
}

uint32_t kernel_epoll_after_report(uint32_t events)
{
	const uint32_t kept = EPOLLONESHOT | EPOLLET | EPOLLWAKEUP | EPOLLEXCLUSIVE;

	return events & EPOLLONESHOT && reports_end(events) ? events & kept : events;
}

void kernel_epoll_name(char *text, size_t size, uint32_t events)
{
	static const struct {
		uint32_t event;
		const char *name;
	} names[] = {
		{ EPOLLIN, "IN" },           { EPOLLRDNORM, "RDNORM" }, { EPOLLPRI, "PRI" },
		{ EPOLLOUT, "OUT" },         { EPOLLRDHUP, "RDHUP" },   { EPOLLET, "ET" },
		{ EPOLLONESHOT, "ONESHOT" },
	};
	size_t length = 0, i;

	snprintf(text, size, "nothing");
	for (i = 0; i < sizeof(names) / sizeof(names[0]) && length < size; i++)
		if (events & names[i].event)
			length += (size_t)snprintf(text + length, size - length, "%s%s",
						   length ? "|" : "", names[i].name);
}
