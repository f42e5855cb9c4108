/* SPDX-License-Identifier: MIT */
#include "preload/process/process.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif
#include "preload/ledger/departures.h"
#include "preload/ledger/inheritance.h"
#include "preload/ledger/ledger_child.h"
#include "preload/ledger/module_table.h"
#include "preload/ledger/socket_table.h"
#include "preload/ledger/winding_up.h"
#include "preload/platform/checkers.h"
#include "preload/platform/clock.h"
#include "preload/platform/real_calls.h"
#include "preload/process/exec_target.h"
#include "preload/process/exit_sample.h"
#include "preload/process/options.h"
#include "preload/process/stack_here.h"
#include "preload/process/visit.h"
#include "preload/unwind/backtrace.h"

/* Of this process; used by those alone who have a visit. */
static struct ledger ledger __attribute__((aligned(LEDGER_HOT)));

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

/*
 * liburing makes its system calls inline, so a ring of its making goes unseen, and putting oneself
 * in front of its functions would not do: a library that dlopen() gave alone is out of RTLD_NEXT's
 * reach, and a program that checks whether they are there would find ours. Whether a program was
 * linked to it costs nothing to know; it is never called.
 */
extern void io_uring_queue_init_params(void) __attribute__((weak));

/* A limit of this process; UINT64_MAX: none. */
static uint64_t limit_of(__rlimit_resource_t resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur;
}

/* NAME has room for 16 bytes and a NUL, and must outlive what is returned. */
static struct ledger_identity identity(char *name, enum recording_origin origin,
				       uint32_t birth_stack)
{
	struct timespec now;

	real.prctl(PR_GET_NAME, name, 0, 0, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	return (struct ledger_identity){
		.origin = origin,
		.pid = getpid(),
		.parent_pid = getppid(),
		.birth_stack = birth_stack,
		.start_ns = clock_now(),
		.start_realtime_ns = now.tv_sec * 1000000000ll + now.tv_nsec,
		.descriptor_limit = limit_of(RLIMIT_NOFILE),
		.file_size_limit = limit_of(RLIMIT_FSIZE),
		/* It knows no mremap() that makes a second mapping. */
		.maps_whole = checkers_are_valgrind(),
		.frames_limit = options.frames,
		.options = (options.unix_sockets ? OPTION_UNIX : 0u) |
			   (io_uring_queue_init_params ? OPTION_LIBURING : 0u),
		.name = name,
		.executable = executable,
		.command = command,
		.command_size = command_size,
		.version = FINLEAK_VERSION,
	};
}

const char *process_executable(void)
{
	return executable;
}

struct ledger *process_start_recording(void)
{
	char name[17] = "";
	struct ledger_identity self = identity(name, ORIGIN_EXEC, 0);

	return ledger_create(&ledger, options.recordings, &self) ? &ledger : NULL;
}

/*
 * A fork under way in this thread; the child, too, runs in this thread and sees it.
 */
static __thread struct {
	struct inheritance inheritance;
	uint32_t stack;
	pid_t parent; /* asked before: it may have ended by the time its child asks */
	bool unwinder_paused;
	bool had_heir;
} fork_under_way __attribute__((tls_model("initial-exec")));

/* What a vfork child leaves to its parent, who notes it: it became a program without the recorder.
 */
static __thread bool vfork_child_drops __attribute__((tls_model("initial-exec")));

/* What this thread's exec, under way, has noted as unseen, and whether that was the first time. */
static __thread struct {
	struct recording_header *header; /* NULL: nothing */
	uint32_t place;                  /* in unseen_pids */
	bool is_first;
} exec_noted __attribute__((tls_model("initial-exec")));

static bool parent_will_end;

/* Blind spots of a forked child from before it had a recording; its own children inherit them. */
static uint32_t unwritten_blind;

bool process_start_child_recording(struct ledger *own)
{
	bool seen = fork_under_way.stack != 0;
	char name[17] = "";
	struct ledger_identity self =
		identity(name, seen ? ORIGIN_FORK : ORIGIN_ORPHAN, fork_under_way.stack);

	if (seen)
		self.parent_pid = fork_under_way.parent;
	if (!ledger_create_for_child(own, &self))
		return false;
	__atomic_fetch_or(&own->header->blind, unwritten_blind, __ATOMIC_RELAXED);
	return true;
}

#if __has_include(<sys/single_threaded.h>)
extern char __libc_single_threaded __attribute__((weak)); /* see libc_calls.c */
#endif

bool process_has_threads(void)
{
#if __has_include(<sys/single_threaded.h>)
	return !&__libc_single_threaded || !__libc_single_threaded;
#else
	return true;
#endif
}

void process_before_fork(void)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	fork_under_way.stack = 0;
	if (ledger_is_open(visit.ledger) && !visit_by_another_process(&visit) &&
	    __atomic_load_n(&visit.ledger->header->open_now, __ATOMIC_RELAXED) > 0) {
		fork_under_way.stack = stack_here(&visit);
		fork_under_way.parent = visit.ledger->header->pid;
		inheritance_copy(visit.ledger, process_has_threads(), &fork_under_way.inheritance);
		socket_note_birth(visit.ledger, clock_now());
	}
	backtrace_pause();
	fork_under_way.unwinder_paused = true;
	visit_end(&visit);
}

/* The calling thread is about to end the process, by END. VISIT has a recording. */
static void end_recording(const struct visit *visit, enum recording_end end)
{
	winding_up_end(visit->ledger);
	exit_sample(visit);
	exit_sample_publish_end(visit, end, 0);
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
	fork_under_way.had_heir = fork_under_way.inheritance.descriptor_count > 0;
	if (fork_under_way.had_heir)
		__atomic_fetch_add(&visit.ledger->header->heirs_forked, 1, __ATOMIC_RELAXED);
	inheritance_drop(&fork_under_way.inheritance);
	if (parent_will_end && ledger_is_open(visit.ledger))
		end_recording(&visit, END_EXIT);
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
	if (fork_under_way.inheritance.descriptor_count > 0 && visit_recording(&visit))
		inheritance_give(visit.ledger, &fork_under_way.inheritance);
	inheritance_drop(&fork_under_way.inheritance);
	visit_end(&visit);
}

void process_fork_failed(void)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	if (fork_under_way.had_heir && ledger_is_open(visit.ledger))
		__atomic_fetch_sub(&visit.ledger->header->heirs_forked, 1, __ATOMIC_RELAXED);
	visit_end(&visit);
}

void process_parent_will_end(bool will_end)
{
	parent_will_end = will_end;
}

/* PID, a process without the recorder, may open sockets. Returns its place in unseen_pids. */
static uint32_t note_unseen(struct recording_header *header, pid_t pid)
{
	uint32_t place = __atomic_fetch_add(&header->unseen_count, 1, __ATOMIC_RELAXED);

	if (place < RECORDED_UNSEEN_MAX)
		__atomic_store_n(&header->unseen_pids[place], pid, __ATOMIC_RELAXED);
	__atomic_fetch_or(&header->blind, BLIND_EXEC_UNSEEN, __ATOMIC_RELEASE);
	return place;
}

static void note_birth(enum recorded_birth_kind kind, pid_t pid, bool is_unseen)
{
	struct recording_header *header;
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	header = visit.ledger->header;
	if (!header || visit_by_another_process(&visit))
		goto out;
	if (is_unseen)
		note_unseen(header, pid);
	if (__atomic_load_n(&header->open_now, __ATOMIC_RELAXED) == 0)
		goto out;
	socket_note_birth(visit.ledger, clock_now());
	birth_note(visit.ledger, kind, pid, stack_here(&visit), clock_now());
out:
	visit_end(&visit);
}

void process_note_birth(enum recorded_birth_kind kind, pid_t pid, const struct exec_target *target,
			char *const *environment)
{
	note_birth(kind, pid, exec_target_fate(target, environment) == EXEC_UNSEEN);
}

void process_after_vfork(pid_t child)
{
	note_birth(BIRTH_SPAWN, child, vfork_child_drops);
	vfork_child_drops = false;
}

/*
 * Our blind spot or, while a forked child has no recording of its own, its parent's. Taken back
 * where the exec fails: libraries try one folder after the other.
 */
static void note_exec_unseen(struct ledger *own)
{
	struct recording_header *header = ledger_is_open(own) ? own->header : own->parent;

	exec_noted.header = header;
	if (!header)
		return;
	exec_noted.is_first = !(header->blind & BLIND_EXEC_UNSEEN);
	exec_noted.place = note_unseen(header, getpid());
}

static void take_back_exec_unseen(void)
{
	struct recording_header *header = exec_noted.header;

	if (!header)
		return;
	if (exec_noted.place < RECORDED_UNSEEN_MAX)
		__atomic_store_n(&header->unseen_pids[exec_noted.place], -1, __ATOMIC_RELAXED);
	if (exec_noted.is_first)
		__atomic_fetch_and(&header->blind, ~(uint32_t)BLIND_EXEC_UNSEEN, __ATOMIC_RELAXED);
	exec_noted.header = NULL;
}

void process_before_exec(const struct exec_target *target, char *const *environment)
{
	struct visit visit;
	enum exec_fate fate;

	if (!visit_begin(&visit))
		return;
	fate = exec_target_fate(target, environment);
	if (visit_by_vfork_child()) {
		vfork_child_drops = fate == EXEC_UNSEEN;
		goto out;
	}
	if (visit_by_another_process(&visit))
		goto out;
	if (fate == EXEC_UNSEEN || (fate == EXEC_IMPOSSIBLE && ledger_is_open(visit.ledger)))
		note_exec_unseen(visit.ledger);
	if (ledger_is_open(visit.ledger)) {
		visit.ledger->header->exec_can_record =
			fate == EXEC_RECORDED && exec_target_can_record(environment);
		exit_sample(&visit);
		exit_sample_exec(&visit);
		exit_sample_publish_end(&visit, fate == EXEC_RECORDED ? END_EXEC : END_EXEC_UNSEEN,
					stack_here(&visit));
	}
out:
	visit_end(&visit);
}

void process_exec_failed(void)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	vfork_child_drops = false;
	if (!visit_by_another_process(&visit)) {
		take_back_exec_unseen();
		if (ledger_is_open(visit.ledger))
			exit_sample_publish_end(&visit, END_NONE, 0);
	}
	visit_end(&visit);
}

void process_exit_begins(void)
{
	uint64_t not_yet = 0;
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	if (ledger_is_open(visit.ledger) && !visit_by_another_process(&visit))
		__atomic_compare_exchange_n(&visit.ledger->header->exiting_ns, &not_yet,
					    clock_now(), false, __ATOMIC_RELAXED, __ATOMIC_RELAXED);
	visit_end(&visit);
}

static void process_ends(enum recording_end end)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	if (ledger_is_open(visit.ledger) && !visit_by_another_process(&visit))
		end_recording(&visit, end);
	visit_end(&visit);
}

void process_before_exit(void)
{
	process_ends(END_EXIT);
}

void process_before_own_signal(void)
{
	process_ends(END_SIGNAL);
}

bool process_before_confinement(void)
{
	struct visit visit;
	bool ours;

	if (!visit_begin(&visit))
		return false;
	ours = !visit_by_another_process(&visit) && visit_recording(&visit);
	if (ours)
		exit_sample(&visit);
	visit_end(&visit);
	return ours;
}

void process_confined(void)
{
	struct visit visit;

	/* The filter is in force: not one system call may be made here. */
	if (!visit_begin(&visit))
		return;
	__atomic_store_n(&visit.ledger->header->end_ns, visit.ledger->header->last_sample_ns,
			 __ATOMIC_RELEASE);
	__atomic_store_n(&visit.ledger->header->end, END_CONFINED, __ATOMIC_RELEASE);
	visit_close_gate();
	visit_end(&visit);
}

void process_note_blind(enum recording_blind what)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return;
	if (what == BLIND_IO_URING)
		socket_note_ring(visit.ledger);
	__atomic_fetch_or(ledger_is_open(visit.ledger) ? &visit.ledger->header->blind
						       : &unwritten_blind,
			  what, __ATOMIC_RELAXED);
	visit_end(&visit);
}
