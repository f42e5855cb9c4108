/* SPDX-License-Identifier: MIT */
#include "analyzer/report.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/allocate.h"
#include "analyzer/fix_advice.h"
#include "analyzer/own_code.h"
#include "analyzer/report_process.h"
#include "analyzer/teardown.h"

#define NS_PER_MS 1e6

#define FNV_BASIS 0xcbf29ce484222325u
#define FNV_PRIME 0x100000001b3u

const char *path_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	/* The NUL is hashed too: it separates. */
	do {
		hash ^= (unsigned char)*text;
		hash *= FNV_PRIME;
	} while (*text++);
	return hash;
}

static uint64_t hash_names(uint64_t hash, const struct backtrace *backtrace)
{
	size_t i;

	for (i = 0; backtrace && i < backtrace->named_count; i++) {
		const struct frame *frame = &backtrace->named[i];

		hash = hash_text(hash,
				 frame->function ? frame->function : path_base(frame->module));
	}
	return hash_text(hash, "");
}

static void set_id(struct report_leak *leak, const struct call_site *site)
{
	uint64_t hash = hash_text(FNV_BASIS, leak_class_name(leak->class));

	hash = hash_names(hash, site->key.decided);
	hash = hash_names(hash, site->key.opened);
	snprintf(leak->id, sizeof(leak->id), "%016llx", (unsigned long long)hash);
}

/* "192.0.2.1:80", "[2001:db8::1]:80"; "" unknown */
static void print_address(char *text, size_t size, const struct recorded_address *address)
{
	char ip[INET6_ADDRSTRLEN];

	text[0] = '\0';
	if (address->family != AF_INET && address->family != AF_INET6)
		return;
	if (!inet_ntop(address->family, address->ip, ip, sizeof(ip)))
		return;
	snprintf(text, size, address->family == AF_INET ? "%s:%u" : "[%s]:%u", ip, address->port);
}

static int fd_of(const struct holding *holding)
{
	return holding->fd_count ? holding->fds[0] : holding->row->first_fd;
}

static const struct recorded_address *known_address(const struct recorded_address *first,
						    const struct recorded_address *second)
{
	return first->family ? first : second;
}

static void add_socket(struct report_leak *shown, const struct leak *leak)
{
	struct report_socket *socket =
		allocate_next(&shown->sockets, shown->socket_count, sizeof(*socket));
	const struct recorded_socket *row = leak->holder->row, *history = leak->history->row;
	uint64_t start_ns = leak->history->process->recording->header.start_ns;
	size_t i;

	shown->socket_count++;
	socket->pid = leak->holder->process->recording->header.pid;
	socket->fd = fd_of(leak->holder);
	socket->cookie = leak->life->name.cookie;
	print_address(socket->local, sizeof(socket->local),
		      known_address(&row->local, &history->local));
	print_address(socket->peer, sizeof(socket->peer),
		      known_address(&row->peer, &history->peer));
	socket->tcp_state = report_state_of(row);
	socket->receive_queue = row->looked_ns ? (int64_t)row->unread : -1;
	socket->opened_ms = history->opened_ns
				    ? nanoseconds_between(start_ns, history->opened_ns) / NS_PER_MS
				    : -1;
	socket->eof_ms =
		history->eof_ns ? nanoseconds_between(start_ns, history->eof_ns) / NS_PER_MS : -1;
	socket->eof_reads = history->eof_reads;
	socket->held_ms = nanoseconds_between(leak->decided_ns, leak->until_ns) / NS_PER_MS;
	for (i = 0; i < leak->life->holding_count; i++) {
		const struct holding *holding = &leak->life->holdings[i];
		struct report_holder *holder;

		if (holding->handed_on)
			continue;
		holder = allocate_next(&socket->holders, socket->holder_count, sizeof(*holder));
		holder->pid = holding->process->recording->header.pid;
		holder->fd = fd_of(holding);
		socket->holder_count++;
	}
}

static const struct frame *site_of(const struct report *report, const struct backtrace *backtrace,
				   const struct leak *leak, const struct report_options *options)
{
	const char *executable = "";
	size_t i;

	if (!backtrace)
		return NULL;
	if (leak->holder)
		executable = leak->holder->process->recording->header.executable;
	else if (leak->stacks[STACK_EOF].recording)
		executable = leak->stacks[STACK_EOF].recording->header.executable;
	/* exec-child: the code that started the holder is not in the holder's executable. */
	if (leak->stacks[leak->deciding].recording)
		executable = leak->stacks[leak->deciding].recording->header.executable;
	for (i = 0; executable[0] == '\0' && i < report->recordings->count; i++)
		executable = report->recordings->list[i].recording->header.executable;
	return own_code_site(backtrace->named, backtrace->named_count, executable, options->own);
}

static void add_stack(struct report *report, struct report_leak *shown, const struct leak *leak,
		      enum stack_kind kind)
{
	const struct stack_ref *ref = &leak->stacks[kind];
	struct backtrace *backtrace =
		backtraces_intern(report->backtraces, ref->recording, ref->id);

	if (!backtrace)
		return;
	backtrace_name(backtrace, report->symbolizer);
	shown->stacks[shown->stack_count++] = (struct report_stack){
		.name = stack_kind_name(kind),
		.frames = backtrace->named,
		.count = backtrace->named_count,
	};
}

static bool same_line(const struct frame *a, const struct frame *b)
{
	if (!a || !b)
		return a == b;
	if (a->file && b->file)
		return a->line == b->line && strcmp(a->file, b->file) == 0;
	return a->offset == b->offset && strcmp(a->module, b->module) == 0;
}

/* The ways to close that siblings took, joined by the line that the user knows. */
static void add_closings(struct report *report, struct report_leak *shown, const struct leak *leak,
			 const struct decision_site *siblings, const struct report_options *options)
{
	uint64_t(*held)[HELD_BUCKETS] = NULL;
	size_t i, j, bucket;

	for (i = 0; i < siblings->closing_count; i++) {
		const struct closing *closing = &siblings->closings[i];
		const struct frame *site;

		if (closing->closed)
			backtrace_name(closing->closed, report->symbolizer);
		site = site_of(report, closing->closed, leak, options);
		for (j = 0; j < shown->closing_count; j++)
			if (same_line(shown->closings[j].site, site))
				break;
		if (j == shown->closing_count) {
			struct report_closing *next = allocate_next(
				&shown->closings, shown->closing_count, sizeof(*next));

			allocate_next(&held, shown->closing_count, sizeof(*held));
			next->site = site;
			shown->closing_count++;
		}
		shown->closings[j].count += closing->count;
		for (bucket = 0; bucket < HELD_BUCKETS; bucket++)
			held[j][bucket] += closing->held[bucket];
	}
	for (j = 0; j < shown->closing_count; j++)
		shown->closings[j].median_held_ms =
			held_median_ms(held[j], shown->closings[j].count);
	free(held);
}

static int by_number(const void *left, const void *right)
{
	double a = *(const double *)left, b = *(const double *)right;

	return a < b ? -1 : a > b ? 1 : 0;
}

static void sum_up_sockets(struct report_leak *shown)
{
	double *held = allocate_zeroed(shown->socket_count, sizeof(*held));
	size_t i;

	for (i = 0; i < shown->socket_count; i++) {
		held[i] = shown->sockets[i].held_ms;
		if (shown->sockets[i].eof_reads > shown->eof_reads_max)
			shown->eof_reads_max = shown->sockets[i].eof_reads;
	}
	if (shown->socket_count) {
		qsort(held, shown->socket_count, sizeof(*held), by_number);
		shown->held_min_ms = held[0];
		shown->held_median_ms = held[shown->socket_count / 2];
		shown->held_max_ms = held[shown->socket_count - 1];
	}
	free(held);
}

/* Leaks are grouped by their stacks; the rest is shown for the one that was held longest. */
static const struct leak *held_longest(const struct call_site *site)
{
	const struct leak *longest = site->leaks[0];
	size_t i;

	for (i = 1; i < site->leak_count; i++)
		if (nanoseconds_between(site->leaks[i]->decided_ns, site->leaks[i]->until_ns) >
		    nanoseconds_between(longest->decided_ns, longest->until_ns))
			longest = site->leaks[i];
	return longest;
}

static void set_last_use(struct report *report, struct report_leak *shown, const struct leak *leak,
			 const struct report_options *options)
{
	const struct stack_ref *ref = &leak->stacks[STACK_LAST_USE];
	const struct recorded_socket *row = leak->history ? leak->history->row : NULL;

	if (!row || !row->last_use_ns || row->last_use > USE_DUP)
		return;
	shown->last_use = row->last_use;
	shown->last_use_before_end_ms =
		nanoseconds_between(row->last_use_ns, leak->until_ns) / NS_PER_MS;
	shown->last_use_site =
		site_of(report, backtraces_intern(report->backtraces, ref->recording, ref->id),
			leak, options);
}

/* What was closed has no rows: how long it was held is in its totals. */
static void set_ages_of_totals(struct report_leak *shown, const struct call_site *site)
{
	size_t i;

	for (i = 0; i < site->leak_count; i++) {
		double longest = site->leaks[i]->total->held_max_ns / NS_PER_MS;

		if (longest > shown->held_max_ms)
			shown->held_max_ms = longest;
	}
	shown->held_min_ms = shown->held_median_ms = -1;
}

static void add_finding(struct report *report, const struct call_site *site,
			const struct report_options *options)
{
	struct report_leak *shown =
		allocate_next(&report->leaks, report->leak_count, sizeof(*shown));
	const struct leak *leak = held_longest(site);
	unsigned int kind;
	size_t i;

	report->leak_count++;
	shown->class = site->key.class;
	shown->reason = site->key.reason;
	shown->verdict = site->key.verdict;
	shown->count = site->count;
	add_stack(report, shown, leak, leak->deciding);
	for (kind = 0; kind < STACK_KINDS; kind++)
		if (kind != leak->deciding)
			add_stack(report, shown, leak, kind);
	shown->site = site_of(report, site->key.decided, leak, options);
	set_id(shown, site);
	set_last_use(report, shown, leak, options);
	for (i = 0; i < site->leak_count; i++)
		if (site->leaks[i]->holder)
			add_socket(shown, site->leaks[i]);
	if (leak->total)
		set_ages_of_totals(shown, site);
	else
		sum_up_sockets(shown);
	if (site->siblings) {
		shown->decision = (enum recorded_decision)site->siblings->key.decision;
		shown->decided_here = site->siblings->decided_here;
		shown->closed_here = site->siblings->closed_here;
		add_closings(report, shown, leak, site->siblings, options);
	}
	shown->fix = fix_advice(shown);
}

static int worst_first(const void *left, const void *right)
{
	const struct report_leak *a = left, *b = right;

	if (a->verdict != b->verdict)
		return a->verdict < b->verdict ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->id, b->id);
}

static void count_verdicts(struct report *report)
{
	const struct call_site *site;

	for (site = report->call_sites->sites; site; site = site->hh.next) {
		/* A class is counted for the verdict that is its own: a half-closed connection is
		 * no eof-unclosed. */
		bool own_verdict = site->key.verdict == VERDICT_LEAK ||
				   site->key.class == CLASS_LATE_CLOSE ||
				   site->key.class == CLASS_EXIT_UNCLOSED;

		if (own_verdict)
			report->by_class[site->key.class] += site->count;
		if (site->key.verdict == VERDICT_LEAK) {
			report->leaked_sockets += site->count;
			report->leak_sites++;
		} else if (site->key.verdict == VERDICT_WARNING) {
			report->warnings += site->count;
		} else {
			report->notes += site->count;
		}
	}
}

struct report *report_build(struct recordings *recordings, const struct report_options *options)
{
	struct report *report = allocate_zeroed(1, sizeof(*report));
	struct judge_options judge = options->judge;
	const struct call_site *site;
	struct teardown teardown;
	size_t i;

	report->recordings = recordings;
	report->unreadable = recordings->unreadable;
	report->sockets = sockets_join(recordings);
	report->opened = sockets_count_opened(recordings);
	report->backtraces = backtraces_new();
	report->symbolizer = symbolizer_new(&options->symbols);
	teardown = (struct teardown){ report->backtraces, report->symbolizer };
	judge.closed_at_exit = teardown_closed;
	judge.close_context = &teardown;
	report->judged = classify(recordings, report->sockets, &judge);
	report->call_sites = call_sites_group(recordings, report->sockets, report->judged, &judge,
					      report->backtraces);
	report->processes = allocate_zeroed(recordings->count, sizeof(*report->processes));
	report->process_count = recordings->count;
	for (i = 0; i < recordings->count; i++) {
		struct report_process *process = &report->processes[i];

		report->lost += report_process_fill(process, &recordings->list[i]);
		report->eof += process->eof;
	}
	count_verdicts(report);
	for (site = report->call_sites->sites; site; site = site->hh.next)
		if (site->key.verdict != VERDICT_NOTE || options->all)
			add_finding(report, site, options);
	if (report->leak_count)
		qsort(report->leaks, report->leak_count, sizeof(*report->leaks), worst_first);
	report->warning_count =
		symbolizer_warnings(report->symbolizer, &report->warnings_of_symbols);
	return report;
}

void report_free(struct report *report)
{
	size_t i, j;

	if (!report)
		return;
	for (i = 0; i < report->leak_count; i++) {
		struct report_leak *leak = &report->leaks[i];

		for (j = 0; j < leak->socket_count; j++)
			free(leak->sockets[j].holders);
		free(leak->sockets);
		free(leak->closings);
		free(leak->fix);
	}
	for (i = 0; i < report->process_count; i++)
		report_process_clear(&report->processes[i]);
	free(report->leaks);
	free(report->processes);
	call_sites_free(report->call_sites);
	backtraces_free(report->backtraces);
	leaks_free(report->judged);
	sockets_free(report->sockets);
	symbolizer_free(report->symbolizer);
	recordings_free(report->recordings);
	free(report);
}
