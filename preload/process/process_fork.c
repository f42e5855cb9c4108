/* SPDX-License-Identifier: MIT */
#include "preload/process/process_fork.h"

#include <unistd.h>
#if __has_include(<sys/single_threaded.h>)
#include <sys/single_threaded.h>
#endif
#include "preload/ledger/inheritance.h"
#include "preload/ledger/ledger_child.h"
#include "preload/ledger/socket_table.h"
#include "preload/platform/clock.h"
#include "preload/process/own_identity.h"
#include "preload/process/process.h"
#include "preload/process/stack_here.h"
#include "preload/process/visit.h"
#include "preload/unwind/backtrace.h"

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

static bool parent_will_end;

bool process_start_child_recording(struct ledger *own)
{
	bool seen = fork_under_way.stack != 0;
	char name[17] = "";
	struct ledger_identity self =
		own_identity(name, seen ? ORIGIN_FORK : ORIGIN_ORPHAN, fork_under_way.stack);

	if (seen)
		self.parent_pid = fork_under_way.parent;
	if (!ledger_create_for_child(own, &self))
		return false;
	__atomic_fetch_or(&own->header->blind, process_unwritten_blind(), __ATOMIC_RELAXED);
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
		process_end_recording(&visit, END_EXIT);
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
