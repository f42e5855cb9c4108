/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_process.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/report/process_census.h"
#include "analyzer/report/report_started.h"
#include "analyzer/report/report_unrecorded.h"
#include "analyzer/report/stack_lines.h"
#include "analyzer/report/tuning_advice.h"
#include "analyzer/symbolize/elf_identity.h"

void report_add_blind_spot(struct report_process *shown, char *text)
{
	sentences_add(&shown->blind_spots, text);
}

/* Arguments are separated by NUL, two NULs end them. */
static char *joined_command(const struct recording_header *header)
{
	char command[sizeof(header->command) + 1] = "";
	size_t i;

	memcpy(command, header->command, sizeof(header->command));
	for (i = 0; i + 1 < sizeof(header->command); i++) {
		if (command[i])
			continue;
		if (!command[i + 1])
			break;
		command[i] = ' ';
	}
	return allocate_text(command);
}

static void add_lost(struct report_process *shown, const struct process *process)
{
	static const struct {
		const char *one, *many;
	} what[LOST_KINDS] = {
		[LOST_SOCKETS] = { "socket could not be recorded (file system or table full)",
				   "sockets could not be recorded (file system or table full)" },
		[LOST_DESCRIPTORS] = { "descriptor lies beyond the recorder's table",
				       "descriptors lie beyond the recorder's table" },
		[LOST_STACKS] = { "backtrace could not be recorded",
				  "backtraces could not be recorded" },
		[LOST_MODULES] = { "module could not be recorded: its frames have no names",
				   "modules could not be recorded: their frames have no names" },
		[LOST_TOTALS] = { "closed socket is missing from the statistics",
				  "closed sockets are missing from the statistics" },
		[LOST_CHILDREN] = { "forked child could not create its recording",
				    "forked children could not create their recordings" },
		[LOST_REENTERED] = { "event in a signal handler could not be recorded",
				     "events in signal handlers could not be recorded" },
		[LOST_UNSEEN_ENDS] = { "tracked descriptor was closed or reused by an unrecorded "
				       "call",
				       "tracked descriptors were closed or reused by unrecorded "
				       "calls" },
		[LOST_SCRIPTS] = { "backtrace names the interpreter's code in place of the "
				   "script's",
				   "backtraces name the interpreter's code in place of the "
				   "script's" },
		[LOST_EVENTS] = { "call came too fast for finleak, in all attached processes",
				  "calls came too fast for finleak, in all attached processes" },
	};
	const struct recording_header *header = &process->recording->header;
	/* A child that could not create its recording has counted in its parent's. */
	unsigned int i;

	shown->not_judged = header->lost[LOST_SOCKETS] + header->lost[LOST_DESCRIPTORS] +
			    header->lost[LOST_CHILDREN] + header->lost[LOST_EVENTS];
	for (i = 0; i < LOST_KINDS; i++) {
		if (!header->lost[i])
			continue;
		shown->lost += header->lost[i];
		report_add_blind_spot(
			shown, allocate_printed("%llu %s", (unsigned long long)header->lost[i],
						header->lost[i] == 1 ? what[i].one : what[i].many));
	}
	for (; i < sizeof(header->lost) / sizeof(header->lost[0]); i++)
		shown->lost += header->lost[i];
}

/*
 * Each child that has made a recording, or could not, has counted itself. Of one that has done
 * neither there is nothing to record if it is gone: it was killed before it came so far.
 */
static void add_missing_heirs(struct report_process *shown, const struct process *process)
{
	uint64_t heirs = process->recording->header.heirs, missing = 0;

	if (heirs > process->heirs_found)
		missing = heirs - process->heirs_found;
	if (missing)
		report_add_blind_spot(shown,
				      allocate_printed("the recording%s of %llu forked %s that "
						       "inherited sockets %s missing",
						       missing == 1 ? "" : "s",
						       (unsigned long long)missing,
						       missing == 1 ? "child" : "children",
						       missing == 1 ? "is" : "are"));
	if (process->heirs_under_way)
		report_add_blind_spot(
			shown, allocate_printed("%llu forked children that inherited sockets have "
						"no recording yet",
						(unsigned long long)process->heirs_under_way));
	shown->lost += missing + process->heirs_under_way;
	shown->not_judged += missing + process->heirs_under_way;
}

/* Stacks from before its fork are in a file that is not there. */
static void add_missing_parent(struct report_process *shown, const struct recording *recording)
{
	if (recording_lacks_parent(recording))
		report_add_blind_spot(shown,
				      allocate_printed("where its parent opened sockets is not "
						       "known: %s is missing",
						       recording->header.parent_file));
}

/* Whatever emptied the table (a hole in the file, a foreign hand): its sockets are not judged. */
static void add_empty_table(struct report_process *shown, const struct process *process)
{
	const struct recording *recording = process->recording;
	uint64_t open_now = recording->header.open_now;
	size_t i;

	for (i = 0; i < recording->socket_count; i++)
		if (recording->sockets[i].life & LIFE_OPEN)
			return;
	if (open_now <= recording->header.lost[LOST_SOCKETS] || open_now > INT64_MAX)
		return;
	shown->not_judged += open_now;
	report_add_blind_spot(shown,
			      allocate_printed("its recording counts %llu open sockets, and "
					       "its table of sockets is empty: it is damaged",
					       (unsigned long long)open_now));
}

static void add_not_judged(struct report_process *shown, char *text)
{
	shown->not_judged++;
	report_add_blind_spot(shown, text);
}

/*
 * Under a seccomp filter of its own a process is judged by the kernel's samples. One that had
 * sockets open and ended before the next sample is not judged.
 */
static void add_confinement(struct report_process *shown, const struct process *process)
{
	const struct recording_header *header = &process->recording->header;
	const struct observation *observation = process->observation;

	if (header->end != END_CONFINED)
		return;
	report_add_blind_spot(shown, allocate_text("it confined itself with a seccomp filter: "
						   "nothing that it did after that is recorded"));
	if (process->state != PROCESS_RUNNING && header->open_now &&
	    (!observation || observation->sampled_ns <= header->end_ns))
		add_not_judged(shown,
			       allocate_printed("%llu of its sockets %s open then, and it ended "
						"before the kernel was asked about %s",
						(unsigned long long)header->open_now,
						header->open_now == 1 ? "was" : "were",
						header->open_now == 1 ? "it" : "them"));
}

static void add_blindness(struct report_process *shown, const struct process *process)
{
	uint32_t blind = process->recording->header.blind;

	if (blind & BLIND_IO_URING)
		report_add_blind_spot(shown,
				      allocate_text("it uses io_uring: reads and closes through a "
						    "ring are not visible"));
	if (blind & BLIND_NO_UNWINDER)
		report_add_blind_spot(shown, allocate_text("libunwind could not be loaded: no "
							   "backtraces"));
	add_confinement(shown, process);
	if (process->recording->header.origin == ORIGIN_ATTACHED &&
	    process->state != PROCESS_EXECED)
		report_add_blind_spot(shown,
				      allocate_text("finleak attached to it while it ran: what it "
						    "did before is not recorded"));
	if (blind & BLIND_OLD_KERNEL)
		report_add_blind_spot(shown, allocate_text("the kernel is old: only a small "
							   "recording of fixed size was possible"));
	if (process->state == PROCESS_KILLED && !process->end_known)
		report_add_blind_spot(shown, allocate_text("it was killed at an unknown time: "
							   "sockets were held for at least the "
							   "times shown"));
}

static bool is_go_file(const char *path)
{
	struct elf_identity identity;
	struct stat status;
	bool found;
	int fd;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return false;
	found = fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
		elf_identity_read(fd, &identity) && identity.is_go;
	close(fd);
	return found;
}

/* The sockets that it was started with, and that no recorded call has closed. */
static uint64_t count_started_with(const struct recording *recording)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < recording->socket_count; i++)
		count += recording->sockets[i].life & LIFE_OPEN &&
			 recording->sockets[i].source == SOURCE_EXEC;
	return count;
}

/*
 * Its own system calls are what the recorder can't see; Go makes them by design. What has opened
 * recorded sockets is none. Thousands of processes run one program: its file is read once.
 */
static bool is_go(const struct process *process)
{
	static struct {
		char path[sizeof(process->recording->header.executable)];
		bool is_go;
	} last;
	const struct recording_header *header = &process->recording->header;

	if (process->observation)
		return process->observation->is_go;
	if (header->opened > count_started_with(process->recording) || !header->executable[0])
		return false;
	if (strcmp(last.path, header->executable) != 0) {
		snprintf(last.path, sizeof(last.path), "%s", header->executable);
		last.is_go = is_go_file(last.path);
	}
	return last.is_go;
}

static void add_unattributed(struct report_process *shown, const struct process *process)
{
	const struct observation *observation = process->observation;
	bool go = process->state != PROCESS_EXECED && is_go(process);
	uint64_t count = observation ? observation->unrecorded_most : 0;

	if (observation && observation->stood_in)
		report_add_blind_spot(
			shown,
			allocate_printed("%llu of its TCP sockets are of another kind in the "
					 "kernel: a library (such as socket_wrapper) emulates "
					 "them, and an EOF that was never read is not visible",
					 (unsigned long long)observation->stood_in));
	shown->unattributed = count;
	if (go && (!observation || observation->failure))
		add_not_judged(
			shown,
			allocate_text(
				"it is a Go program: a preloaded library does not see its system "
				"calls, and the kernel was not asked about its sockets"));
	else if (count)
		report_add_blind_spot(
			shown,
			allocate_printed("no recorded call opened %llu of its sockets: the kernel "
					 "alone judged %s, and no line of code is known. %s",
					 (unsigned long long)count, count == 1 ? "it" : "them",
					 go ? "It is a Go program, which makes system calls of its "
					      "own: look for a net.Conn or an http.Response.Body "
					      "without Close() on that port"
					    : "It makes system calls of its own, or uses io_uring: "
					      "look for what opens connections on that port"));
}

/* Of a row that is open by its recording. */
static bool is_denied(const struct recorded_socket *row, const struct observed_socket *seen)
{
	if (seen->flags & OBSERVED_GONE)
		return true;
	return seen->state == KERNEL_ESTABLISHED && row->eof_ns && row->eof_ns < seen->sampled_ns;
}

/* Where events and kernel disagree, the report follows the kernel, and states it. */
static void add_disagreement(struct report_process *shown, const struct process *process)
{
	const struct recording *recording = process->recording;
	uint64_t denied = 0;
	size_t i;

	for (i = 0; process->observation && i < recording->socket_count; i++) {
		const struct recorded_socket *row = &recording->sockets[i];
		const struct observed_socket *seen =
			observation_find(process->observation, row->cookie);

		denied += (row->life & LIFE_OPEN) && seen && !process_lost_by_exec(process, row) &&
			  is_denied(row, seen);
	}
	if (denied)
		report_add_blind_spot(
			shown,
			allocate_printed(
				"the recording and the kernel disagree on %llu socket%s; the "
				"report "
				"follows the kernel: unrecorded calls have closed or used %s",
				(unsigned long long)denied, denied == 1 ? "" : "s",
				denied == 1 ? "it" : "them"));
}

/* Without the kernel only what the program has learned itself is reported. */
static void add_kernel_silence(struct report_process *shown, const struct process *process)
{
	const struct recording_header *header = &process->recording->header;

	if (process->observation && process->observation->failure)
		report_add_blind_spot(
			shown, allocate_printed(
				       "the sockets of its network namespace could not be listed: "
				       "%s",
				       strerror(process->observation->failure)));
	else if (!process->observation && !header->last_sample_ns && header->open_now &&
		 process->state != PROCESS_EXECED)
		report_add_blind_spot(
			shown, allocate_text("the kernel was not asked about it: an EOF that "
					     "it never read is not visible"));
}

void report_process_fill(struct report_process *shown, const struct process *process,
			 const struct recordings *recordings)
{
	const struct recording_header *header = &process->recording->header;
	const struct unrecorded *known = recordings_find_unrecorded(recordings, header->pid);
	const struct observation *observation = process->observation;

	shown->pid = header->pid;
	shown->parent_pid = header->parent_pid;
	shown->executable = header->executable;
	shown->command = joined_command(header);
	shown->state = process_state_name(process->state);
	shown->duration_ms = -1;
	if (process->end_known)
		shown->duration_ms =
			ns_to_ms(nanoseconds_between(header->start_ns, process->end_ns));
	shown->opened = header->opened;
	shown->eof = header->eof;
	shown->closed = header->closed;
	shown->open_at_end = header->open_now;
	shown->descriptor_limit = header->descriptor_limit;
	kernel_tuning_clear(&shown->sysctls);
	shown->time_wait_unattributed = -1;
	if (observation) {
		shown->descriptors = observation->descriptors;
		if (observation->descriptor_limit)
			shown->descriptor_limit = observation->descriptor_limit;
		shown->sysctls = observation->tuning;
		if (!observation->failure)
			shown->time_wait_unattributed = (int64_t)observation->time_wait;
	}
	process_census_take(shown, process);
	tuning_advise(shown);
	add_lost(shown, process);
	add_missing_heirs(shown, process);
	add_empty_table(shown, process);
	add_blindness(shown, process);
	report_process_add_started(shown, process, recordings);
	add_missing_parent(shown, process->recording);
	add_kernel_silence(shown, process);
	if (process->recording->is_stand_in)
		report_process_add_reason(shown, process, known);
	else
		add_unattributed(shown, process);
	add_disagreement(shown, process);
}

void report_process_clear(struct report_process *shown)
{
	size_t i;

	sentences_clear(&shown->blind_spots);
	sentences_clear(&shown->tuning);
	free(shown->command);
	for (i = 0; i < shown->thread_groups; i++) {
		stack_lines_clear_one(&shown->threads[i].stack);
		free(shown->threads[i].list);
	}
	free(shown->threads);
}
