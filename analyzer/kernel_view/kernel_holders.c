/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_holders.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/base/sorted_rows.h"

/* epoll, io_uring and their kind share one inode; only the link's target distinguishes them. */
static void take_anonymous(struct kernel_descriptors *descriptors, int folder, const char *name)
{
	char target[64];
	ssize_t length = readlinkat(folder, name, target, sizeof(target) - 1);

	if (length < 0)
		return;
	target[length] = '\0';
	if (strcmp(target, "anon_inode:[io_uring]") == 0) {
		*(int *)allocate_next(&descriptors->rings, descriptors->ring_count, sizeof(int)) =
			atoi(name);
		descriptors->ring_count++;
	} else if (strcmp(target, "anon_inode:[eventpoll]") == 0) {
		*(int *)allocate_next(&descriptors->epolls, descriptors->epoll_count, sizeof(int)) =
			atoi(name);
		descriptors->epoll_count++;
	}
}

static void take_descriptor(struct kernel_holdings *holdings,
			    struct kernel_descriptors *descriptors, int pid, int folder,
			    const char *name)
{
	struct kernel_holding *holding;
	struct stat status;

	/* Closed meanwhile, or on a file system that does not respond. */
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

	snprintf(path, sizeof(path), "/proc/%d/fd", proc_task(pid));
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
	free(descriptors->rings);
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

static bool has_lower_inode(const void *row, const void *inode)
{
	return ((const struct kernel_holding *)row)->inode < *(const uint32_t *)inode;
}

const struct kernel_holding *kernel_holders_of_inode(const struct kernel_holdings *holdings,
						     uint32_t inode, size_t *count)
{
	size_t first = rows_before(holdings->list, holdings->count, sizeof(*holdings->list),
				   has_lower_inode, &inode);
	size_t end = first;

	while (end < holdings->count && holdings->list[end].inode == inode)
		end++;
	*count = end - first;
	return *count ? &holdings->list[first] : NULL;
}

uint64_t kernel_descriptor_count(int pid)
{
	const struct dirent *entry;
	struct stat status;
	uint64_t count = 0;
	char path[64];
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/fd", proc_task(pid));
	/* Since Linux 6.2 it is the folder's size. */
	if (stat(path, &status) == 0 && status.st_size > 0)
		return (uint64_t)status.st_size;
	folder = opendir(path);
	if (!folder)
		return 0;
	while ((entry = readdir(folder)) != NULL)
		count += entry->d_name[0] != '.';
	closedir(folder);
	return count;
}
