/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_holders.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/allocate.h"

/* epoll, io_uring and their kind share one inode; only the name of the link tells them apart. */
static void take_anonymous(struct kernel_descriptors *descriptors, int folder, const char *name)
{
	char target[64];
	ssize_t length = readlinkat(folder, name, target, sizeof(target) - 1);
	int *epoll;

	if (length < 0)
		return;
	target[length] = '\0';
	if (strcmp(target, "anon_inode:[io_uring]") == 0)
		descriptors->io_uring = true;
	if (strcmp(target, "anon_inode:[eventpoll]") != 0)
		return;
	epoll = allocate_next(&descriptors->epolls, descriptors->epoll_count, sizeof(*epoll));
	*epoll = atoi(name);
	descriptors->epoll_count++;
}

static void take_descriptor(struct kernel_holdings *holdings,
			    struct kernel_descriptors *descriptors, int pid, int folder,
			    const char *name)
{
	struct kernel_holding *holding;
	struct stat status;

	/* Closed meanwhile, or on a file system that does not answer. */
	if (fstatat(folder, name, &status, 0) < 0)
		return;
	if (descriptors && (status.st_mode & S_IFMT) == 0)
		take_anonymous(descriptors, folder, name);
	if (!S_ISSOCK(status.st_mode))
		return;
	holding = allocate_next(&holdings->list, holdings->count, sizeof(*holding));
	holding->inode = (uint32_t)status.st_ino;
	holding->pid = pid;
	holding->fd = atoi(name);
	holdings->count++;
}

int kernel_holders_add(struct kernel_holdings *holdings, struct kernel_descriptors *descriptors,
		       int pid)
{
	const struct dirent *entry;
	char path[64];
	DIR *folder;
	int failure;

	snprintf(path, sizeof(path), "/proc/%d/fd", pid);
	folder = opendir(path);
	if (!folder)
		return errno == ENOENT ? ESRCH : errno;
	errno = 0;
	while ((entry = readdir(folder)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		if (descriptors)
			descriptors->count++;
		take_descriptor(holdings, descriptors, pid, dirfd(folder), entry->d_name);
		errno = 0;
	}
	failure = errno == ENOENT ? ESRCH : errno;
	closedir(folder);
	return failure;
}

void kernel_descriptors_clear(struct kernel_descriptors *descriptors)
{
	free(descriptors->epolls);
	*descriptors = (struct kernel_descriptors){ 0 };
}

static int by_inode(const void *left, const void *right)
{
	const struct kernel_holding *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	if (a->pid != b->pid)
		return a->pid < b->pid ? -1 : 1;
	return a->fd < b->fd ? -1 : a->fd > b->fd;
}

void kernel_holders_sort(struct kernel_holdings *holdings)
{
	if (holdings->count)
		qsort(holdings->list, holdings->count, sizeof(*holdings->list), by_inode);
}

const struct kernel_holding *kernel_holders_of_inode(const struct kernel_holdings *holdings,
						     uint32_t inode, size_t *count)
{
	size_t low = 0, high = holdings->count, end;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (holdings->list[middle].inode < inode)
			low = middle + 1;
		else
			high = middle;
	}
	for (end = low; end < holdings->count && holdings->list[end].inode == inode;)
		end++;
	*count = end - low;
	return *count ? &holdings->list[low] : NULL;
}
