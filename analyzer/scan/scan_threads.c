/* SPDX-License-Identifier: MIT */
#include "analyzer/scan/scan_threads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/kernel_view/kernel_thread.h"
#include "analyzer/kernel_view/kernel_view.h"
#include "analyzer/recordings/recording_set.h"
#include "analyzer/recordings/stand_in.h"
#include "analyzer/report/debug_packages.h"
#include "analyzer/report/report_process.h"
#include "analyzer/report/stack_lines.h"
#include "analyzer/scan/goroutines.h"
#include "analyzer/scan/scan_stacks.h"
#include "analyzer/script_stacks/thread_stack.h"
#include "analyzer/symbolize/deep_stack.h"
#include "analyzer/symbolize/mapped_modules.h"

/* Each takes a process for its stack. */
#define THREADS_MAX 64

/* A thread that moves while it is read is read again, so often. */
#define ATTEMPTS 3

/* What DESCRIPTOR of process PID has to do with LEAK goes into THREADS. */
static void add_concern(struct report_threads *threads, const struct report_leak *leak, int pid)
{
	size_t i, j;

	for (i = 0; i < leak->socket_count; i++) {
		const struct report_socket *socket = &leak->sockets[i];

		threads->is_socket |= socket->pid == pid && socket->fd == threads->descriptor;
		for (j = 0; j < socket->interest_count; j++)
			threads->watched += socket->interests[j].pid == pid &&
					    socket->interests[j].epoll == threads->descriptor;
	}
	threads->is_listener |= leak->class == CLASS_NEVER_ACCEPTED && leak->listener &&
				leak->listener->holder.pid == pid &&
				leak->listener->holder.fd == threads->descriptor;
}

static void set_concern(struct report_threads *threads, const struct scanned_process *scanned)
{
	const struct report *report = scanned->report;
	size_t i;

	for (i = 0; threads->descriptor >= 0 && i < report->leak_count; i++)
		add_concern(threads, &report->leaks[i], scanned->shown->pid);
}

/*
 * What thread TID does, and where: both at one time, unless it moves each time. False: it has
 * ended, or the kernel does not show it.
 */
static bool sample_thread(struct scanned_process *scanned, struct report_threads *threads, int tid,
			  struct observed_thread *observed)
{
	const int pid = scanned->shown->pid;
	unsigned long long switches;
	struct kernel_thread thread;
	unsigned int attempt;

	*observed = (struct observed_thread){ .thread = tid };
	for (attempt = 0; attempt < ATTEMPTS; attempt++) {
		switches = kernel_thread_switches(pid, tid);
		kernel_thread_read(&thread, pid, tid);
		thread_stack_read(scanned->observation, observed, scanned->recording);
		if (kernel_thread_switches(pid, tid) == switches)
			break;
	}
	scanned->refused |= (thread.state == 'S' || thread.state == 'D') && !thread.call[0];
	if (!thread.state || thread.state == 'X' || scanned->refused)
		return false;
	kernel_thread_phrase(threads->doing, sizeof(threads->doing), &thread);
	snprintf(threads->name, sizeof(threads->name), "%s", thread.name);
	threads->descriptor = kernel_thread_descriptor(&thread);
	threads->lock_holder = kernel_thread_lock_holder(pid, tid);
	set_concern(threads, scanned);
	return true;
}

/* Those first that have to do with the stuck sockets, then in the order of their threads. */
static int most_concerned_first(const void *left, const void *right)
{
	const struct report_threads *a = left, *b = right;

	if (report_threads_concern(a) != report_threads_concern(b))
		return report_threads_concern(a) ? -1 : 1;
	if (a->are_goroutines != b->are_goroutines)
		return a->are_goroutines ? 1 : -1;
	return (a->list[0] > b->list[0]) - (a->list[0] < b->list[0]);
}

/* Of COUNT threads TIDS those come first that sleep on what the findings are about. */
static void put_concerned_first(const struct scanned_process *scanned, int *tids, size_t count)
{
	size_t concerned = 0, i;

	for (i = 0; i < count; i++) {
		struct report_threads threads = { .descriptor = -1 };
		struct kernel_thread thread;
		int tid = tids[i];

		kernel_thread_read(&thread, scanned->shown->pid, tid);
		threads.descriptor = kernel_thread_descriptor(&thread);
		set_concern(&threads, scanned);
		if (!report_threads_concern(&threads))
			continue;
		memmove(tids + concerned + 1, tids + concerned, (i - concerned) * sizeof(*tids));
		tids[concerned++] = tid;
	}
}

/* A finding's own thread: the first that sleeps on its sockets, or the only one of the process. */
static void give_stack(struct report_leak *leak, const struct report_process *shown)
{
	const bool is_only = shown->thread_groups == 1 && shown->threads->count == 1;
	size_t i;

	for (i = 0; i < shown->thread_groups; i++) {
		struct report_threads alone = { .descriptor = shown->threads[i].descriptor };

		if (alone.descriptor >= 0)
			add_concern(&alone, leak, shown->pid);
		if (!shown->threads[i].stack.count || !(is_only || report_threads_concern(&alone)))
			continue;
		leak->stacks[leak->stack_count++] = (struct report_stack){
			.name = shown->threads[i].stack.name,
			.title = shown->threads[i].stack.title,
			.frames = shown->threads[i].stack.frames,
			.count = shown->threads[i].stack.count,
			.site = shown->threads[i].stack.site,
		};
		return;
	}
}

static void add_blindness(struct scanned_process *scanned, size_t count)
{
	if (scanned->refused)
		report_add_blind_spot(
			scanned->shown,
			allocate_text("what its threads do is not visible: that takes the right "
				      "to ptrace it (run finleak as root)"));
	if (count > THREADS_MAX)
		report_add_blind_spot(
			scanned->shown,
			allocate_printed("it has %zu threads: what %zu of them do was not sampled",
					 count, count - THREADS_MAX));
}

static void take_goroutine(void *context, const struct goroutine *goroutine)
{
	struct scanned_process *scanned = context;
	struct report_threads threads = { .are_goroutines = true, .descriptor = -1 };
	struct observed_thread observed = { .frames = goroutine->frames };

	_Static_assert(sizeof(observed.pc) == sizeof(goroutine->pc), "they have as many frames");
	memcpy(observed.pc, goroutine->pc, sizeof(observed.pc));
	snprintf(threads.doing, sizeof(threads.doing), "%s",
		 goroutine->is_ready ? "is ready to run" : "waits");
	scan_stacks_add(scanned, &threads, &observed, (int64_t)goroutine->number);
}

/* They are most of what a Go program does: on its threads are those that run. */
static void sample_goroutines(struct scanned_process *scanned)
{
	uint64_t left;

	if (!goroutines_each(scanned->shown->pid, scanned->go_bias, take_goroutine, scanned, &left))
		report_add_blind_spot(
			scanned->shown,
			allocate_text("it is a Go program without the symbols that lead to its "
				      "goroutines: what those do that wait was not sampled"));
	else if (left)
		report_add_blind_spot(
			scanned->shown,
			allocate_printed("what %llu of its goroutines do was not sampled",
					 (unsigned long long)left));
}

static void sample_threads(struct scanned_process *scanned)
{
	struct report_process *shown = scanned->shown;
	struct observed_thread observed;
	size_t count, i;
	int *tids = kernel_thread_list(shown->pid, &count);

	put_concerned_first(scanned, tids, count);
	for (i = 0; i < count && i < THREADS_MAX && !scanned->refused; i++) {
		struct report_threads threads = { .descriptor = -1 };

		if (!sample_thread(scanned, &threads, tids[i], &observed))
			continue;
		scan_stacks_add(scanned, &threads, &observed, tids[i]);
	}
	add_blindness(scanned, count);
	if (scanned->is_go && !scanned->refused)
		sample_goroutines(scanned);
	if (shown->thread_groups)
		qsort(shown->threads, shown->thread_groups, sizeof(*shown->threads),
		      most_concerned_first);
	for (i = 0; i < shown->thread_groups; i++)
		stack_lines_fill_one(&shown->threads[i].stack, scanned->options->full_stacks,
				     scanned->report->packages);
	free(tids);
}

static void sample(struct scanned_process *scanned, const struct kernel_process *process)
{
	struct report *report = scanned->report;

	scanned->recording = stand_in_recording("", process->pid, process->executable);
	scanned->recording->user = process->uid;
	scanned->observation = allocate_zeroed(1, sizeof(*scanned->observation));
	scanned->observation->pid = process->pid;
	scanned->is_go = mapped_modules_read(scanned->recording, &scanned->go_bias);
	recordings_add(report->recordings, scanned->recording, scanned->observation);
	symbolizer_add_user(report->symbolizer, process->uid);
	sample_threads(scanned);
}

struct filling {
	struct report *report;
	const struct report_options *options;
};

static bool has_finding(const struct report *report, size_t process)
{
	size_t i;

	for (i = 0; i < report->leak_count; i++)
		if (report->leaks[i].process == process)
			return true;
	return false;
}

static void fill(void *argument)
{
	const struct filling *filling = argument;
	struct report *report = filling->report;
	size_t i;

	for (i = 0; i < report->process_count; i++) {
		struct scanned_process scanned = { .report = report,
						   .options = filling->options,
						   .shown = &report->processes[i] };
		const struct kernel_process *process =
			kernel_view_process(report->view, report->processes[i].pid);

		if (process && !process->ended && has_finding(report, i))
			sample(&scanned, process);
	}
	for (i = 0; i < report->leak_count; i++)
		if (report->leaks[i].process < report->process_count)
			give_stack(&report->leaks[i], &report->processes[report->leaks[i].process]);
}

void scan_threads_fill(struct report *report, const struct report_options *options)
{
	struct filling filling = { report, options };

	report->packages = debug_packages_new(options->symbols.sysroot);
	report->backtraces = backtraces_new();
	report->recordings = allocate_zeroed(1, sizeof(*report->recordings));
	report->own_symbolizer = symbolizer_new(&options->symbols);
	report->symbolizer = report->own_symbolizer;
	deep_stack_call(fill, &filling);
	report->warning_count =
		symbolizer_warnings(report->symbolizer, &report->warnings_of_symbols);
}
