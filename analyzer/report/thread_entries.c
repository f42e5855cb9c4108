/* SPDX-License-Identifier: MIT */
#include "analyzer/report/thread_entries.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/line.h"
#include "analyzer/report/process_entries.h"
#include "analyzer/report/thread_waits.h"

#define THREADS_NAMED 8

static size_t threads_of(const struct report_process *process)
{
	size_t count = 0, i;

	for (i = 0; i < process->thread_groups; i++)
		count += process->threads[i].count;
	return count;
}

/* "thread 812 (worker)", "each of 2 threads (worker: 812, 813)" */
static void print_threads(FILE *out, const struct report_process *process,
			  const struct report_threads *threads)
{
	size_t i;

	const char *what = threads->are_goroutines ? "goroutine" : "thread";

	if (threads->count == 1) {
		if (threads_of(process) == 1)
			fputs("its only thread", out);
		else
			fprintf(out, "%s %lld", what, (long long)threads->list[0]);
		if (threads->name[0])
			fprintf(out, " (%s)", threads->name);
		return;
	}
	fprintf(out, "each of %zu %ss (", threads->count, what);
	if (threads->name[0])
		fprintf(out, "%s: ", threads->name);
	for (i = 0; i < threads->count && i < THREADS_NAMED; i++)
		fprintf(out, "%s%lld", i ? ", " : "", (long long)threads->list[i]);
	if (i < threads->count)
		fprintf(out, " and %zu more", threads->count - i);
	fputc(')', out);
}

static char *text_of(const struct report_process *process, const struct report_threads *threads)
{
	char *name = process_name(process->executable, process->pid);
	struct line line;
	FILE *out = line_begin(&line);

	fprintf(out, "%s: ", name);
	print_threads(out, process, threads);
	fprintf(out, " %s", threads->doing);
	free(name);
	return line_end(&line);
}

/* What it has to do with the findings; NULL: nothing is known. */
static char *concern_of(const struct report_threads *threads)
{
	if (threads->watched)
		return allocate_printed("Descriptor %d is an epoll that watches %llu of the stuck "
					"sockets.",
					threads->descriptor, (unsigned long long)threads->watched);
	if (threads->is_socket)
		return allocate_printed("Descriptor %d is one of the stuck sockets.",
					threads->descriptor);
	if (threads->is_listener)
		return allocate_printed("Descriptor %d is the listener of stuck connections.",
					threads->descriptor);
	return NULL;
}

static char *wait_of(const struct report_threads *threads)
{
	const char *who = threads->count == 1 ? "It" : "Each";

	if (!threads->waits_for)
		return NULL;
	if (!threads->lock_holder || !thread_waits_for_mutex(threads->waits_for))
		return allocate_printed("%s waits for %s.", who, threads->waits_for);
	return allocate_printed("%s waits for %s, which thread %d holds.", who, threads->waits_for,
				threads->lock_holder);
}

static void add_threads(struct report_section *section, const struct report_process *process,
			const struct report_threads *threads)
{
	struct report_entry *entry = report_section_add(section, text_of(process, threads));

	sentences_add(&entry->details, concern_of(threads));
	sentences_add(&entry->details, wait_of(threads));
	entry->stack = &threads->stack;
}

/* Threads of a runtime, a pool of a library: there are dozens of them in some programs. */
static void add_left(struct report_section *section, const struct report_process *process,
		     size_t left, const char *what)
{
	char *name = process_name(process->executable, process->pid);

	report_section_add(section,
			   allocate_printed("%s: %zu %s%s%s in libraries alone, without code of "
					    "the program (--all)",
					    name, left, left < threads_of(process) ? "other " : "",
					    what, left == 1 ? " is" : "s are"));
	free(name);
}

static void add_process(struct report_section *section, const struct report_process *process,
			bool all)
{
	const bool is_alone = threads_of(process) == 1;
	size_t left[2] = { 0 }, i; /* threads, goroutines */

	for (i = 0; i < process->thread_groups; i++) {
		const struct report_threads *threads = &process->threads[i];

		if (all || is_alone || report_threads_concern(threads) || !threads->is_library)
			add_threads(section, process, threads);
		else
			left[threads->are_goroutines] += threads->count;
	}
	if (left[0])
		add_left(section, process, left[0], "thread");
	if (left[1])
		add_left(section, process, left[1], "goroutine");
}

void thread_entries_fill(struct report_section *section, const struct report *report)
{
	size_t i;

	section->title = "What threads do now:";
	for (i = 0; i < report->process_count; i++)
		add_process(section, &report->processes[i], report->all);
}
