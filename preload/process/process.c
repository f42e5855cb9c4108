/* SPDX-License-Identifier: MIT */
#include "preload/process/process.h"

#include "preload/ledger/ledger_create.h"
#include "preload/ledger/socket_table.h"
#include "preload/ledger/winding_up.h"
#include "preload/platform/clock.h"
#include "preload/process/exit_sample.h"
#include "preload/process/options.h"
#include "preload/process/own_identity.h"
#include "preload/process/visit.h"

/* Of this process; used by those alone who have a visit. */
static struct ledger ledger __attribute__((aligned(LEDGER_HOT)));

/* Blind spots of a forked child from before it had a recording; its own children inherit them. */
static uint32_t unwritten_blind;

struct ledger *process_start_recording(void)
{
	char name[17] = "";
	struct ledger_identity self = own_identity(name, ORIGIN_EXEC, 0);
	const char *folder = options.folder_is_closed ? "" : options.recordings;

	return ledger_create(&ledger, folder, &self) ? &ledger : NULL;
}

uint32_t process_unwritten_blind(void)
{
	return unwritten_blind;
}

void process_end_recording(const struct visit *visit, enum recording_end end)
{
	winding_up_end(visit->ledger);
	exit_sample(visit);
	exit_sample_publish_end(visit, end, 0);
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
		process_end_recording(&visit, end);
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
