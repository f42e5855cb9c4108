/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attach_program.h"

#include <attach.skel.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/attach/attach_goroutines.h"
#include "analyzer/attach/attach_tracepoints.h"
#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"

struct attach_program {
	struct attach_bpf *bpf;
	struct attach_tracepoints *tracepoints;
	struct attach_goroutines *goroutines;
	struct ring_buffer *ring;
	attach_take *take;
	void *context;
	int processors;
};

static int take_event(void *context, void *data, size_t size)
{
	struct attach_program *program = context;
	const struct attach_event *event = data;

	if (size >= sizeof(struct attach_scripts) && event->kind == ATTACH_EVENT_SCRIPTS) {
		program->take(program->context, event);
		return 0;
	}
	if (size >= offsetof(struct attach_event, registers) &&
	    (!event->stack_size ||
	     (size >= sizeof(*event) && event->stack_size <= size - sizeof(*event))))
		program->take(program->context, event);
	return 0;
}

/* libbpf prints pages on what one line of ours states. */
static int print_nothing(enum libbpf_print_level level, const char *format, va_list arguments)
{
	(void)level;
	(void)format;
	(void)arguments;
	return 0;
}

/* The file to give the capabilities to; without /proc its name has to do. */
static void own_path(char *path, size_t size)
{
	ssize_t length = readlink("/proc/self/exe", path, size - 1);

	if (length < 0)
		snprintf(path, size, "finleak");
	else
		path[length] = '\0';
}

static void explain(int error, char *reason, size_t size)
{
	char path[256];

	own_path(path, sizeof(path));
	if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
		snprintf(reason, size,
			 "this kernel does not describe its types (/sys/kernel/btf/vmlinux is "
			 "missing): it needs CONFIG_DEBUG_INFO_BTF=y");
	else if (error == EPERM || error == EACCES)
		snprintf(reason, size,
			 "recording from the kernel needs CAP_BPF, CAP_PERFMON and CAP_SYS_PTRACE: "
			 "run finleak as root, or give it the capabilities once: setcap "
			 "cap_bpf,cap_perfmon,cap_sys_ptrace,cap_dac_read_search+ep %s",
			 path);
	else
		snprintf(reason, size,
			 "the kernel refuses the BPF program (%s): it needs Linux 5.8 or later "
			 "with raw tracepoints (CONFIG_BPF_EVENTS=y)",
			 strerror(error));
}

/* Loads the program and lets it see what SCOPE is. False with errno. */
static bool start(struct attach_program *program, enum attach_scope scope)
{
	program->bpf = attach_bpf__open();
	if (!program->bpf)
		return false;
	attach_tracepoints_calls((uint8_t *)program->bpf->rodata->calls);
	attach_tracepoints_choose(program->bpf, scope);
	attach_goroutines_choose(program->bpf);
	if (attach_bpf__load(program->bpf) != 0)
		return false;
	program->ring =
		ring_buffer__new(bpf_map__fd(program->bpf->maps.events), take_event, program, NULL);
	if (!program->ring)
		return false;
	program->goroutines = attach_goroutines_new(program->bpf);
	program->tracepoints = attach_tracepoints_begin(program->bpf, scope);
	return program->tracepoints != NULL;
}

static void stop(struct attach_program *program)
{
	attach_tracepoints_end(program->tracepoints);
	attach_goroutines_free(program->goroutines);
	ring_buffer__free(program->ring);
	attach_bpf__destroy(program->bpf);
	program->tracepoints = NULL;
	program->goroutines = NULL;
	program->ring = NULL;
	program->bpf = NULL;
}

/* The first PID namespace has this number on every kernel (PROC_PID_INIT_INO). */
#define FIRST_PID_NAMESPACE 0xEFFFFFFCU

/* Has every process another number for the kernel than for finleak? */
static bool is_in_other_pid_namespace(void)
{
	struct stat status;

	return stat("/proc/self/ns/pid", &status) == 0 && status.st_ino != FIRST_PID_NAMESPACE;
}

struct attach_program *attach_program_start(attach_take *take, void *context, char *reason,
					    size_t size)
{
	struct attach_program *program = allocate_zeroed(1, sizeof(*program));
	int scope, error = 0;

	if (is_in_other_pid_namespace()) {
		snprintf(reason, size,
			 "recording from the kernel needs the kernel's process IDs, but finleak "
			 "runs in a PID namespace of its own: run it outside the container (for "
			 "docker: with --pid=host)");
		free(program);
		return NULL;
	}
	libbpf_set_print(print_nothing);
	program->take = take;
	program->context = context;
	program->processors = libbpf_num_possible_cpus();
	/* A kernel that refuses what is narrow may do with what is wide. */
	for (scope = 0; scope < ATTACH_SCOPES; scope++) {
		if (start(program, (enum attach_scope)scope))
			return program;
		error = errno;
		stop(program);
	}
	explain(error, reason, size);
	attach_program_end(program);
	return NULL;
}

void attach_program_end(struct attach_program *program)
{
	if (!program)
		return;
	stop(program);
	free(program);
}

int attach_program_fd(const struct attach_program *program)
{
	return ring_buffer__epoll_fd(program->ring);
}

void attach_program_read(struct attach_program *program)
{
	ring_buffer__consume(program->ring);
}

bool attach_program_add(struct attach_program *program, int pid)
{
	const struct attach_target target = { .image = (uint32_t)clock_ns(CLOCK_MONOTONIC) };
	uint32_t key = (uint32_t)pid;

	return bpf_map_update_elem(bpf_map__fd(program->bpf->maps.targets), &key, &target,
				   BPF_ANY) == 0;
}

void attach_program_limit(struct attach_program *program, int pid, uint32_t stack_limit)
{
	uint32_t key = (uint32_t)pid;

	bpf_map_update_elem(bpf_map__fd(program->bpf->maps.limits), &key, &stack_limit, BPF_ANY);
}

void attach_program_unlimit(struct attach_program *program, int pid)
{
	uint32_t key = (uint32_t)pid;

	bpf_map_delete_elem(bpf_map__fd(program->bpf->maps.limits), &key);
}

static bool is_same(const struct attach_known_stack *a, const struct attach_known_stack *b)
{
	return a->count == b->count && memcmp(a->word, b->word, a->count * sizeof(a->word[0])) == 0;
}

void attach_program_know(struct attach_program *program, const struct attach_stack_key *key,
			 const struct attach_known_stack *known)
{
	int map = bpf_map__fd(program->bpf->maps.known_stacks);
	struct attach_stack_key at = *key;
	struct attach_known_stack other;

	/* At the first way that is free, or has it already. */
	for (at.way = 0; at.way < ATTACH_WAYS_MAX; at.way++)
		if (bpf_map_lookup_elem(map, &at, &other) != 0 || is_same(&other, known))
			break;
	if (at.way == ATTACH_WAYS_MAX)
		at.way = known->number % ATTACH_WAYS_MAX;
	bpf_map_update_elem(map, &at, known, BPF_ANY);
}

void attach_program_python(struct attach_program *program, int pid,
			   const struct attach_python *python)
{
	struct attach_python placed = *python;
	struct attach_target target;
	uint32_t key = (uint32_t)pid;

	if (bpf_map_lookup_elem(bpf_map__fd(program->bpf->maps.targets), &key, &target) != 0)
		return;
	placed.image = target.image;
	bpf_map_update_elem(bpf_map__fd(program->bpf->maps.pythons), &key, &placed, BPF_ANY);
	__atomic_fetch_add(&program->bpf->bss->pythons_changed, 1, __ATOMIC_RELEASE);
}

void attach_program_remove(struct attach_program *program, int pid)
{
	uint32_t key = (uint32_t)pid;

	bpf_map_delete_elem(bpf_map__fd(program->bpf->maps.targets), &key);
	bpf_map_delete_elem(bpf_map__fd(program->bpf->maps.pythons), &key);
	attach_program_unlimit(program, pid);
	attach_program_leave(program, pid);
}

void attach_program_watch(struct attach_program *program, int pid, const char *path)
{
	attach_goroutines_watch(program->goroutines, pid, path);
}

void attach_program_leave(struct attach_program *program, int pid)
{
	attach_goroutines_leave(program->goroutines, pid);
}

void attach_program_each_poller(const struct attach_program *program, attach_take_poller *take,
				void *context)
{
	int map = bpf_map__fd(program->bpf->maps.pollers);
	struct attach_number key, *before = NULL;
	struct attach_poller poller;
	unsigned int i;

	for (i = 0; i < ATTACH_POLLERS_MAX && bpf_map_get_next_key(map, before, &key) == 0; i++) {
		if (bpf_map_lookup_elem(map, &key, &poller) == 0)
			take(context, &key, &poller);
		before = &key;
	}
}

uint64_t attach_program_lost(const struct attach_program *program)
{
	struct attach_lost *each = allocate_zeroed((size_t)program->processors, sizeof(*each));
	uint32_t zero = 0;
	uint64_t lost = 0;
	int i;

	if (bpf_map_lookup_elem(bpf_map__fd(program->bpf->maps.lost), &zero, each) == 0)
		for (i = 0; i < program->processors; i++)
			lost += each[i].events;
	free(each);
	return lost;
}
