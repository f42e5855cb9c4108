/* SPDX-License-Identifier: MIT */
#include "preload/process/process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "preload/unwind/backtrace.h"
#include "preload/platform/clock.h"
#include "preload/process/exit_sample.h"
#include "preload/ledger/ledger.h"
#include "preload/ledger/module_map.h"
#include "preload/process/options.h"
#include "preload/ledger/socket_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/ledger/totals.h"
#include "preload/process/visit.h"

static char executable[RECORDED_EXE_MAX];
static char command[RECORDED_COMMAND_MAX];
static size_t command_size;

void process_identify(int argc, char *const *argv)
{
	ssize_t length = readlink("/proc/self/exe", executable, sizeof(executable) - 1);
	int i;

	executable[length > 0 ? length : 0] = '\0';
	if (length <= 0 && argc > 0)
		strncpy(executable, argv[0], sizeof(executable) - 1);
	for (i = 0; i < argc && argv[i]; i++) {
		size_t size = strlen(argv[i]) + 1;

		if (command_size + size > sizeof(command) - 2)
			break;
		memcpy(command + command_size, argv[i], size);
		command_size += size;
	}
}

static struct ledger_identity identity(enum recording_origin origin, uint32_t birth_stack)
{
	return (struct ledger_identity){
		.origin = origin,
		.parent_pid = getppid(),
		.birth_stack = birth_stack,
		.frames_limit = options.frames,
		.options = options.unix_sockets ? OPTION_UNIX : 0,
		.executable = executable,
		.command = command,
		.command_size = command_size,
	};
}

bool process_start_recording(void)
{
	struct ledger_identity self = identity(ORIGIN_EXEC, 0);

	return ledger_create(options.recordings, &self);
}

/*
 * A fork under way in this thread; the child, too, runs in this thread and sees it. The parent's
 * tables are copied before it: a forking server closes an accepted socket right after fork(), and
 * the child would find its row gone.
 */
static __thread struct {
	void *copy;
	size_t size;
	uint32_t rows;
	int descriptors;
	uint32_t stack;
	pid_t parent; /* asked before: it may have ended by the time its child asks */
	bool unwinder_paused;
	bool had_heir;
} fork_under_way __attribute__((tls_model("initial-exec")));

/* What a vfork child leaves to its parent, who notes it: it became a program without the recorder.
 */
static __thread bool vfork_child_drops __attribute__((tls_model("initial-exec")));

static bool parent_will_end;

/* Blind spots of a forked child from before it had a recording; its own children inherit them. */
static uint32_t unwritten_blind;

bool process_start_child_recording(void)
{
	bool seen = fork_under_way.stack != 0;
	struct ledger_identity self =
		identity(seen ? ORIGIN_FORK : ORIGIN_ORPHAN, fork_under_way.stack);

	if (seen)
		self.parent_pid = fork_under_way.parent;
	if (!ledger_create_for_child(&self))
		return false;
	module_map_reset();
	totals_reset();
	socket_table_reset();
	__atomic_fetch_or(&ledger_header->blind, unwritten_blind, __ATOMIC_RELAXED);
	return true;
}

static uint64_t *copied_descriptors(void)
{
	return fork_under_way.copy;
}

static struct recorded_socket *copied_rows(void)
{
	return (struct recorded_socket *)(copied_descriptors() + fork_under_way.descriptors);
}

static void copy_tables(void)
{
	uint64_t rows = ledger_section(SECTION_SOCKETS)->used;
	int descriptors = fd_table_end();
	size_t size = descriptors * sizeof(uint64_t) + rows * sizeof(struct recorded_socket);
	void *copy;

	copy = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (copy == MAP_FAILED)
		return;
	fork_under_way.copy = copy;
	fork_under_way.size = size;
	fork_under_way.rows = (uint32_t)rows;
	fork_under_way.descriptors = descriptors;
	memcpy(copied_descriptors(), ledger_record(SECTION_DESCRIPTORS, 0),
	       descriptors * sizeof(uint64_t));
	memcpy(copied_rows(), ledger_record(SECTION_SOCKETS, 0),
	       rows * sizeof(struct recorded_socket));
}

static void drop_copy(void)
{
	if (fork_under_way.copy)
		munmap(fork_under_way.copy, fork_under_way.size);
	fork_under_way.copy = NULL;
}

void process_before_fork(void)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	fork_under_way.stack = 0;
	if (ledger_header && !visit_by_another_process() &&
	    __atomic_load_n(&ledger_header->open_now, __ATOMIC_RELAXED) > 0) {
		fork_under_way.stack = stack_here();
		fork_under_way.parent = ledger_header->pid;
		copy_tables();
		socket_note_birth(clock_now());
	}
	backtrace_pause();
	fork_under_way.unwinder_paused = true;
	visit_end(&visit);
}

void process_after_fork_in_parent(void)
{
	struct visit visit;

	if (fork_under_way.unwinder_paused)
		backtrace_resume();
	fork_under_way.unwinder_paused = false;
	/* It is over: a child by a bare clone() later on is not of this fork. */
	fork_under_way.stack = 0;
	if (!visit_begin(&visit))
		return;
	fork_under_way.had_heir = fork_under_way.copy != NULL;
	if (fork_under_way.had_heir)
		__atomic_fetch_add(&ledger_header->heirs, 1, __ATOMIC_RELAXED);
	drop_copy();
	if (parent_will_end && ledger_header) {
		last_look();
		last_look_publish_end(END_EXIT, 0);
	}
	visit_end(&visit);
}

void process_after_fork_in_child(void)
{
	struct visit visit;

	backtrace_resume_in_child();
	fork_under_way.unwinder_paused = false;
	visit_enter_child();
	if (!visit_begin(&visit))
		return;
	if (fork_under_way.copy && visit_recording())
		socket_table_inherit(copied_rows(), fork_under_way.rows, copied_descriptors(),
				     fork_under_way.descriptors);
	drop_copy();
	visit_end(&visit);
}

void process_fork_failed(void)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	if (fork_under_way.had_heir && ledger_header)
		__atomic_fetch_sub(&ledger_header->heirs, 1, __ATOMIC_RELAXED);
	visit_end(&visit);
}

void process_parent_will_end(bool will_end)
{
	parent_will_end = will_end;
}

/* Does the environment bring the recorder along? */
static bool carries_recorder(char *const *environment)
{
	static const char name[] = "LD_PRELOAD=";
	size_t i;

	if (!environment)
		environment = environ;
	for (i = 0; environment && environment[i]; i++)
		if (strncmp(environment[i], name, sizeof(name) - 1) == 0 &&
		    strstr(environment[i], "libfinleak.so"))
			return true;
	return false;
}

static void note_birth(enum recorded_birth_kind kind, pid_t pid, bool carried)
{
	struct recording_section *section;
	struct recorded_birth *birth;
	struct visit visit;
	uint64_t turn;

	if (!visit_begin(&visit))
		return;
	if (!ledger_header || visit_by_another_process())
		goto out;
	if (!carried)
		__atomic_fetch_or(&ledger_header->blind, BLIND_EXEC_UNSEEN, __ATOMIC_RELAXED);
	if (ledger_header->open_now == 0)
		goto out;
	socket_note_birth(clock_now());
	section = ledger_section(SECTION_BIRTHS);
	turn = __atomic_fetch_add(&section->used, 1, __ATOMIC_RELAXED);
	if (!ledger_reserve(SECTION_BIRTHS, turn % section->capacity, 1))
		goto out;
	birth = ledger_record(SECTION_BIRTHS, turn % section->capacity);
	__atomic_store_n(&birth->ns, 0, __ATOMIC_RELEASE);
	birth->pid = pid;
	birth->kind = kind;
	birth->stack = stack_here();
	__atomic_store_n(&birth->ns, clock_now(), __ATOMIC_RELEASE);
out:
	visit_end(&visit);
}

void process_note_birth(enum recorded_birth_kind kind, pid_t pid, char *const *environment)
{
	note_birth(kind, pid, carries_recorder(environment));
}

void process_after_vfork(pid_t child)
{
	note_birth(BIRTH_SPAWN, child, !vfork_child_drops);
	vfork_child_drops = false;
}

void process_before_exec(char *const *environment)
{
	struct visit visit;
	bool carried;

	if (!visit_begin(&visit))
		return;
	if (visit_by_vfork_child())
		vfork_child_drops = !carries_recorder(environment);
	if (ledger_header && !visit_by_another_process()) {
		carried = carries_recorder(environment);
		if (!carried)
			__atomic_fetch_or(&ledger_header->blind, BLIND_EXEC_UNSEEN,
					  __ATOMIC_RELAXED);
		last_look();
		last_look_publish_end(carried ? END_EXEC : END_EXEC_UNSEEN, stack_here());
	}
	visit_end(&visit);
}

void process_exec_failed(void)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	vfork_child_drops = false;
	if (ledger_header && !visit_by_another_process())
		last_look_publish_end(END_NONE, 0);
	visit_end(&visit);
}

void process_exit_begins(void)
{
	uint64_t not_yet = 0;
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	if (ledger_header && !visit_by_another_process())
		__atomic_compare_exchange_n(&ledger_header->exiting_ns, &not_yet, clock_now(),
					    false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	visit_end(&visit);
}

void process_before_exit(void)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	if (ledger_header && !visit_by_another_process()) {
		last_look();
		last_look_publish_end(END_EXIT, 0);
	}
	visit_end(&visit);
}

bool process_before_confinement(void)
{
	struct visit visit;
	bool ours;

	if (!visit_begin(&visit))
		return false;
	ours = !visit_by_another_process() && visit_recording();
	if (ours)
		last_look();
	visit_end(&visit);
	return ours;
}

void process_confined(void)
{
	struct visit visit;

	/* The filter is in force: not one system call may be made here. */
	if (!visit_begin(&visit))
		return;
	__atomic_store_n(&ledger_header->end_ns, ledger_header->last_look_ns, __ATOMIC_RELEASE);
	__atomic_store_n(&ledger_header->end, END_CONFINED, __ATOMIC_RELEASE);
	visit_close_gate();
	visit_end(&visit);
}

void process_note_blind(enum recording_blind what)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	if (what == BLIND_IO_URING)
		socket_note_ring();
	__atomic_fetch_or(ledger_header ? &ledger_header->blind : &unwritten_blind, what,
			  __ATOMIC_RELAXED);
	visit_end(&visit);
}
