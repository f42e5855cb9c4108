/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_started.h"

#include "analyzer/base/allocate.h"
#include "analyzer/report/line.h"
#include "preload/recording/decision.h"

/* It took the recorder along into another program, and that one did not record itself. */
static void add_unrecorded_image(struct report_process *shown, const struct process *process,
				 const struct recordings *recordings)
{
	const struct recording_header *header = &process->recording->header;

	/* What samples know of it goes further: it had no sockets, or is reported by itself. */
	if (header->end != END_EXEC || header->exec_can_record || process->successor ||
	    !recordings->connected || recordings_find_unrecorded(recordings, header->pid))
		return;
	shown->not_judged++;
	sentences_add(
		&shown->blind_spots,
		allocate_text(
			"it executed a program that left no recording here: it is set-uid, runs as "
			"a user who may not add one (--share-recordings), or had no room for one"));
}

/* Its own, finished, and open in the image that came by exec, as far as is known. */
static bool is_left(const struct process *process, const struct recorded_socket *row)
{
	const struct decision decision = decide(row);

	return (row->life & LIFE_OPEN) && !process_lost_by_exec(process, row) &&
	       (row->source == SOURCE_SOCKET || row->source == SOURCE_ACCEPT ||
		row->source == SOURCE_PAIR) &&
	       (decision.kind == DECIDED_EOF || decision.kind == DECIDED_ERROR ||
		decision.kind == DECIDED_CONNECT);
}

/*
 * A program that opens no sockets needs no recorder, but it may have been left some: whether it
 * closes them, and when, only samples show.
 */
static void add_left_sockets(struct report_process *shown, const struct process *process,
			     const struct recordings *recordings)
{
	const struct recording *recording = process->recording;
	uint64_t count = 0;
	size_t i;

	if (recording->header.end != END_EXEC_UNSEEN || process->successor || shown->not_judged ||
	    recordings_find_unrecorded(recordings, recording->header.pid))
		return;
	for (i = 0; i < recording->socket_count; i++)
		count += is_left(process, &recording->sockets[i]);
	if (!count)
		return;
	shown->not_judged++;
	sentences_add(
		&shown->blind_spots,
		allocate_printed("it executed a program that was not recorded, and left it %llu "
				 "socket%s whose connection%s over: whether it closed %s is "
				 "not visible",
				 (unsigned long long)count, plural(count),
				 count == 1 ? " was" : "s were", count == 1 ? "it" : "them"));
}

/* The programs that PROCESS started without the recorder, and that no sample found. */
static uint64_t count_unseen(const struct process *process, const struct recordings *recordings)
{
	const struct recording_header *header = &process->recording->header;
	uint64_t count = header->unseen_count;
	size_t i;

	if (!(header->blind & BLIND_EXEC_UNSEEN))
		return 0;
	for (i = 0; i < header->unseen_count && i < RECORDED_UNSEEN_MAX; i++) {
		int pid = header->unseen_pids[i];

		count -= pid < 0 || (pid && recordings_find_unrecorded(recordings, pid));
	}
	return count;
}

static void add_unseen(struct report_process *shown, const struct process *process,
		       const struct recordings *recordings)
{
	uint64_t count = count_unseen(process, recordings);

	if (!count || !recordings->connected)
		return;
	shown->not_judged++;
	if (count == 1)
		sentences_add(&shown->blind_spots,
			      allocate_text("it started a program without finleak (LD_PRELOAD was "
					    "dropped, FINLEAK_OPTIONS names another folder, or it "
					    "is static), and no sample found it"));
	else
		sentences_add(&shown->blind_spots,
			      allocate_printed("it started %llu programs without finleak "
					       "(LD_PRELOAD was dropped, FINLEAK_OPTIONS names "
					       "another folder, or they are static), and no sample "
					       "found them",
					       (unsigned long long)count));
}

void report_process_add_started(struct report_process *shown, const struct process *process,
				const struct recordings *recordings)
{
	add_unrecorded_image(shown, process, recordings);
	add_unseen(shown, process, recordings);
	add_left_sockets(shown, process, recordings);
}
