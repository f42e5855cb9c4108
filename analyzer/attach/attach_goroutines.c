/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attach_goroutines.h"

#include <attach.skel.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "analyzer/attach/go_entries.h"
#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/elf_identity.h"

#define FUNCTIONS 4

struct watched {
	int pid;
	dev_t device; /* of the program that it runs */
	ino_t inode;
	struct bpf_link *links[FUNCTIONS];
	UT_hash_handle hh;
};

struct attach_goroutines {
	const struct attach_bpf *bpf;
	struct watched *all; /* by pid */
};

void attach_goroutines_choose(const struct attach_bpf *bpf)
{
	const bool possible = libbpf_probe_bpf_prog_type(BPF_PROG_TYPE_KPROBE, NULL) == 1;
	int i;

	for (i = 0; i < bpf->skeleton->prog_cnt; i++) {
		struct bpf_program *program = *bpf->skeleton->progs[i].prog;

		if (bpf_program__type(program) == BPF_PROG_TYPE_KPROBE)
			bpf_program__set_autoload(program, possible);
	}
}

struct attach_goroutines *attach_goroutines_new(const struct attach_bpf *bpf)
{
	struct attach_goroutines *goroutines = allocate_zeroed(1, sizeof(*goroutines));

	goroutines->bpf = bpf;
	return goroutines;
}

static void leave(struct attach_goroutines *goroutines, struct watched *watched)
{
	size_t i;

	for (i = 0; i < FUNCTIONS; i++)
		bpf_link__destroy(watched->links[i]);
	HASH_DEL(goroutines->all, watched);
	free(watched);
}

void attach_goroutines_free(struct attach_goroutines *goroutines)
{
	struct watched *watched, *next;

	if (!goroutines)
		return;
	HASH_ITER(hh, goroutines->all, watched, next)
		leave(goroutines, watched);
	free(goroutines);
}

/* Opens PATH if it is a Go program; else -1. */
static int open_go(const char *path, struct stat *file)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct elf_identity identity;

	if (fd < 0)
		return -1;
	if (fstat(fd, file) == 0 && S_ISREG(file->st_mode) && elf_identity_read(fd, &identity) &&
	    identity.is_go)
		return fd;
	close(fd);
	return -1;
}

static void enter(const struct attach_bpf *bpf, struct watched *watched, int fd)
{
	static const char *const names[FUNCTIONS] = {
		"net/http.(*Transport).queueForDial",
		"net/http.(*Transport).dialConnFor",
		"net.(*sysDialer).dialParallel",
		"net.(*sysDialer).dialSerial",
	};
	const struct bpf_program *const programs[FUNCTIONS] = {
		bpf->progs.attach_http_asks,
		bpf->progs.attach_http_dials,
		bpf->progs.attach_net_asks,
		bpf->progs.attach_net_dials,
	};
	uint64_t offsets[FUNCTIONS];
	char path[32];
	size_t i;

	go_entries_find(fd, names, FUNCTIONS, offsets);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	for (i = 0; i < FUNCTIONS; i++)
		if (offsets[i] && bpf_program__fd(programs[i]) >= 0)
			watched->links[i] = bpf_program__attach_uprobe(
				programs[i], false, watched->pid, path, offsets[i]);
}

void attach_goroutines_watch(struct attach_goroutines *goroutines, int pid, const char *path)
{
	struct watched *watched;
	struct stat file;
	int fd = open_go(path, &file);

	HASH_FIND_INT(goroutines->all, &pid, watched);
	if (fd >= 0 && watched && watched->device == file.st_dev && watched->inode == file.st_ino)
		goto out;
	if (watched)
		leave(goroutines, watched);
	if (fd < 0)
		return;
	watched = allocate_zeroed(1, sizeof(*watched));
	watched->pid = pid;
	watched->device = file.st_dev;
	watched->inode = file.st_ino;
	HASH_ADD_INT(goroutines->all, pid, watched);
	enter(goroutines->bpf, watched, fd);
out:
	close(fd);
}

void attach_goroutines_leave(struct attach_goroutines *goroutines, int pid)
{
	struct watched *watched;

	HASH_FIND_INT(goroutines->all, &pid, watched);
	if (watched)
		leave(goroutines, watched);
}
