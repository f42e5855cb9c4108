/* SPDX-License-Identifier: MIT */
#include "preload/process/process_exec.h"

#include <unistd.h>
#include "preload/ledger/departures.h"
#include "preload/ledger/socket_table.h"
#include "preload/platform/clock.h"
#include "preload/process/exec_target.h"
#include "preload/process/exit_sample.h"
#include "preload/process/stack_here.h"
#include "preload/process/visit.h"

/* What a vfork child leaves to its parent, who notes it: it became a program without the recorder.
 */
static __thread bool vfork_child_drops __attribute__((tls_model("initial-exec")));

/* What this thread's exec, under way, has noted as unseen, and whether that was the first time. */
static __thread struct {
	struct recording_header *header; /* NULL: nothing */
	uint32_t place;                  /* in unseen_pids */
	bool is_first;
} exec_noted __attribute__((tls_model("initial-exec")));

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
