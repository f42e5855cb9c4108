/* SPDX-License-Identifier: MIT */
#include "analyzer/watch/watch_subject.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/paths.h"
#include "analyzer/kernel_view/kernel_access.h"
#include "analyzer/launch/started_run.h"
#include "analyzer/options/option_values.h"
#include "analyzer/options/options.h"
#include "analyzer/recordings/process_end.h"
#include "analyzer/scan/scan_report.h"
#include "analyzer/base/utf8.h"
#include "analyzer/watch/watch_observe.h"
#include "analyzer/watch/watch_pace.h"
#include "analyzer/watch/watch_relatives.h"
#include "analyzer/report/report_build.h"

/* So soon after the start of a `finleak run` its first process records. */
#define RUN_STARTS_NS (2 * NS_PER_S)

struct watch_subject {
	struct report_options options; /* with a symbolizer for all reports */
	char *name;
	char *folder;    /* NULL: a process is watched */
	char *real;      /* ... without links and dots; NULL: as it is */
	int pid;         /* 0: a folder is watched */
	int end;         /* its pidfd; -1 */
	char *recording; /* the process' last one; NULL: it never had a recorder */
	struct watch_relatives relatives;
	struct observer *observer;
	struct watch_pace observing;
	uint64_t observe_due_ns;  /* CLOCK_MONOTONIC */
	uint64_t observing_ns;    /* CPU time of sampling the kernel last */
	struct recordings *first; /* of the first half of the first sample */
	struct report *last;      /* the caller's; NULL before the first */
	struct kernel_view *view; /* of the first half of a sample without recorder */
	bool ended;
};

static bool process_has_ended(const struct watch_subject *subject)
{
	struct pollfd end = { .fd = subject->end, .events = POLLIN };

	return poll(&end, 1, 0) > 0;
}

static bool open_process(struct watch_subject *subject)
{
	subject->end = (int)syscall(SYS_pidfd_open, subject->pid, 0);
	if (subject->end < 0 && errno == ESRCH) {
		fprintf(stderr, "finleak: no process %d\n", subject->pid);
		return false;
	}
	if (subject->end < 0) {
		/* EINVAL: the ID of a thread. */
		fprintf(stderr, "finleak: cannot watch process %d: %s\n", subject->pid,
			errno == EINVAL ? "it is a thread, not a process" : strerror(errno));
		return false;
	}
	if (process_has_ended(subject)) {
		fprintf(stderr, "finleak: process %d has ended\n", subject->pid);
		return false;
	}
	return true;
}

/* The recordings of a `finleak run` stand for it, while its processes record. */
static bool open_run(struct watch_subject *subject)
{
	char *folder = started_run_folder(subject->pid, RUN_STARTS_NS);

	if (!folder)
		return false;
	subject->name = allocate_printed("run %d", subject->pid);
	subject->folder = folder;
	subject->pid = 0;
	return true;
}

struct watch_subject *watch_subject_open(const char *argument, const struct report_options *options)
{
	struct watch_subject *subject = allocate_zeroed(1, sizeof(*subject));

	subject->options = *options;
	subject->options.symbolizer = symbolizer_new(&options->symbols);
	subject->observer = observer_new();
	subject->end = -1;
	subject->pid = parse_pid(argument);
	if (!subject->pid) {
		subject->folder = allocate_text(argument);
		subject->real = realpath(argument, NULL);
		subject->name = allocate_text(argument);
		return subject;
	}
	if (started_run_is(subject->pid) && open_run(subject))
		return subject;
	subject->name = allocate_printed("process %d", subject->pid);
	if (open_process(subject))
		return subject;
	watch_subject_close(subject);
	return NULL;
}

void watch_subject_close(struct watch_subject *subject)
{
	if (!subject)
		return;
	if (subject->end >= 0)
		close(subject->end);
	if (subject->view)
		kernel_view_free(subject->view);
	recordings_free(subject->first);
	observer_free(subject->observer);
	watch_relatives_clear(&subject->relatives);
	symbolizer_free(subject->options.symbolizer);
	free(subject->recording);
	free(subject->real);
	free(subject->folder);
	free(subject->name);
	free(subject);
}

uint64_t watch_subject_observing_ns(const struct watch_subject *subject)
{
	return subject->observing_ns;
}

const char *watch_subject_name(const struct watch_subject *subject)
{
	return subject->name;
}

bool watch_subject_is_bare(const struct watch_subject *subject)
{
	return subject->pid && !subject->recording;
}

int watch_subject_end(const struct watch_subject *subject)
{
	return subject->end;
}

bool watch_subject_ended(const struct watch_subject *subject)
{
	return subject->ended;
}

static struct recordings *read_recordings(struct watch_subject *subject)
{
	if (subject->pid)
		return watch_relatives_read(&subject->relatives, subject->recording);
	return recordings_read(&subject->folder, 1, NULL, 0);
}

/* What is stuck shows in two samples; from then on, in each and the previous one. */
static uint64_t observe_first(struct watch_subject *subject)
{
	if (subject->last || subject->first)
		return 0;
	subject->first = read_recordings(subject);
	watch_observe(subject->observer, subject->first, NULL, true);
	return subject->options.judge.min_held_ns;
}

static uint64_t begin_bare_sample(struct watch_subject *subject)
{
	if (process_has_ended(subject))
		return 0;
	if (subject->view)
		kernel_view_free(subject->view);
	subject->view = kernel_view_sample(&subject->pid, 1);
	if (subject->view->processes[0].failure)
		return 0;
	return subject->options.judge.min_held_ns;
}

uint64_t watch_subject_begin_sample(struct watch_subject *subject)
{
	/* exec changes it, and a process that had none may have one by now. */
	char *recording = subject->pid ? process_recording_path(subject->pid) : NULL;

	subject->observing_ns = 0;
	if (recording) {
		free(subject->recording);
		subject->recording = recording;
	}
	if (watch_subject_is_bare(subject))
		return begin_bare_sample(subject);
	return observe_first(subject);
}

/* From the kernel only. NULL if the process is gone or can't be examined, with a line on stderr. */
static struct report *report_on_bare_process(struct watch_subject *subject)
{
	double apart_ms = ns_to_ms(subject->options.judge.min_held_ns);
	struct kernel_view *view = subject->view;
	struct scan_findings findings;
	struct kernel_sockets again;
	struct report *report;

	subject->view = NULL;
	if (!view)
		return NULL;
	/* The report on a process that ends in between would be incomplete. */
	if (process_has_ended(subject) || kernel_access_report(&view->processes[0])) {
		kernel_view_free(view);
		return NULL;
	}
	kernel_view_sample_again(view, &again);
	scan_findings_find(&findings, view, &again, &subject->options.judge, false);
	report = scan_report_build(view, &findings, apart_ms, &subject->options, true);
	scan_findings_clear(&findings);
	kernel_sockets_clear(&again);
	return report;
}

/* Samples the kernel if that is due; else the last observations are kept. */
static void observe(struct watch_subject *subject, struct recordings *recordings)
{
	/* A process that had no recorder then has no recordings. */
	struct recordings *before = subject->last ? subject->last->recordings : subject->first;
	uint64_t began_ns = watch_pace_clock();

	if (clock_ns(CLOCK_MONOTONIC) < subject->observe_due_ns && !subject->ended) {
		watch_observe_nothing(recordings, before);
		return;
	}
	watch_observe(subject->observer, recordings, before, !subject->last);
	recordings_free(subject->first);
	subject->first = NULL;
	subject->observing_ns = watch_pace_clock() - began_ns;
	subject->observe_due_ns = clock_ns(CLOCK_MONOTONIC) +
				  watch_pace_next(&subject->observing, subject->observing_ns);
}

static struct report *report_on_recordings(struct watch_subject *subject)
{
	struct recordings *recordings = read_recordings(subject);
	bool running = false;
	size_t i;

	if (recordings->count == 0) {
		if (!subject->last && !recordings->unreadable) {
			fputs(subject->pid ? "finleak: no recording of "
					   : "finleak: no recordings in ",
			      stderr);
			utf8_print_escaped(stderr, subject->name);
			fputc('\n', stderr);
		}
		recordings_free(recordings);
		return NULL;
	}
	for (i = 0; i < recordings->count; i++)
		running |= recordings->list[i].state == PROCESS_RUNNING;
	if (!subject->pid)
		subject->ended = !running;
	observe(subject, recordings);
	return report_build(recordings, &subject->options);
}

struct report *watch_subject_sample(struct watch_subject *subject)
{
	struct report *report;

	/* Checked first: then what is read afterwards is complete. */
	if (subject->pid)
		subject->ended = process_has_ended(subject);
	report = watch_subject_is_bare(subject) ? report_on_bare_process(subject)
						: report_on_recordings(subject);
	if (!report && subject->pid && process_has_ended(subject)) {
		if (!subject->last)
			fprintf(stderr, "finleak: process %d ended while it was examined\n",
				subject->pid);
		subject->ended = true;
	}
	if (!report)
		return NULL;
	if (subject->real)
		report->watched = path_base(subject->real);
	subject->last = report;
	return report;
}
