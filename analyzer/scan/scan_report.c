/* SPDX-License-Identifier: MIT */
#include "analyzer/scan/scan_report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/report/descriptor_budget.h"
#include "analyzer/base/fingerprint.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/finding_lines.h"
#include "analyzer/report/headline.h"
#include "analyzer/report/report_sections.h"
#include "analyzer/report/report_state.h"
#include "analyzer/report/report_socket.h"
#include "analyzer/report/source_root.h"
#include "analyzer/report/standings.h"
#include "analyzer/rules/advice.h"
#include "analyzer/rules/class_words.h"
#include "analyzer/rules/rule_match.h"
#include "analyzer/scan/scan_process.h"
#include "analyzer/scan/scan_threads.h"

struct group_key {
	int pid;
	const struct rule *rule;
	char place[96];
};

struct grouped {
	struct group_key key;
	const struct scan_finding *finding;
};

static void set_place(char *place, size_t size, const struct scan_finding *finding)
{
	char peer[ADDRESS_TEXT_SIZE] = "";

	if (finding->peer)
		report_print_address(peer, sizeof(peer), finding->peer);
	/* A port of its own identifies no connection that the process opened. */
	if (finding->listener || finding->port_is_shared)
		snprintf(place, size, "local port %u", finding->local->port);
	else if (peer[0])
		snprintf(place, size, "to %s", peer);
	else
		snprintf(place, size, "of its own ports");
}

static int by_key(const void *left, const void *right)
{
	const struct grouped *a = left, *b = right;

	if (a->key.pid != b->key.pid)
		return a->key.pid < b->key.pid ? -1 : 1;
	if (a->key.rule != b->key.rule)
		return a->key.rule < b->key.rule ? -1 : 1;
	return strcmp(a->key.place, b->key.place);
}

static void set_id(struct report_leak *leak)
{
	const char *reason = leak_reason_name(leak->reason);
	uint64_t hash = fingerprint_text(FINGERPRINT_BASIS, leak_class_name(leak->class));

	hash = fingerprint_text(hash, reason ? reason : "");
	hash = fingerprint_text(hash, path_base(leak->place->executable));
	hash = fingerprint_text(hash, leak->place->name);
	snprintf(leak->id, sizeof(leak->id), "%016llx", (unsigned long long)hash);
}

static void add_holders(struct report_leak *leak, struct report_socket *socket,
			const struct kernel_view *view, const struct scan_finding *finding,
			uint32_t inode)
{
	const struct kernel_holding *holdings;
	size_t count, i;

	holdings = kernel_holders_of_inode(&view->holdings, inode, &count);
	for (i = 0; i < count; i++) {
		if (socket->fd < 0 && holdings[i].pid == finding->process->pid)
			socket->fd = holdings[i].fd;
		report_add_holder(leak, (struct report_holder){ .pid = holdings[i].pid,
								.fd = holdings[i].fd });
	}
}

static void add_interests(struct report_socket *socket, const struct kernel_view *view,
			  uint32_t inode)
{
	const struct kernel_interest *interests;
	size_t count, i;

	interests = kernel_interests_of_inode(&view->interests, inode, &count);
	socket->interests = allocate_zeroed(count + 1, sizeof(*socket->interests));
	for (i = 0; i < count; i++) {
		socket->interests[i].pid = interests[i].pid;
		socket->interests[i].epoll = interests[i].epoll;
		kernel_epoll_name(socket->interests[i].events, sizeof(socket->interests[i].events),
				  interests[i].events);
	}
	socket->interest_count = count;
}

static void add_socket(struct report_leak *leak, const struct kernel_view *view,
		       const struct scan_finding *finding)
{
	struct report_socket *shown =
		allocate_next(&leak->sockets, leak->socket_count, sizeof(*shown));
	const struct kernel_socket *socket = finding->socket;
	const struct kernel_unlisted *unlisted = finding->unlisted;
	uint32_t inode = socket ? socket->inode : unlisted->holding.inode;

	leak->socket_count++;
	shown->pid = finding->process->pid;
	shown->fd = -1;
	shown->cookie = !socket ? unlisted->cookie : socket->nameless ? 0 : socket->cookie;
	shown->tcp_state = report_state_by_kernel(socket ? socket->state : unlisted->state);
	/* MPTCP counts memory there, not bytes. */
	shown->receive_queue = socket && !socket->multipath ? (int64_t)socket->receive_queue : -1;
	shown->opened_ms = shown->touched_ms = shown->eof_ms = -1;
	shown->held_ms =
		socket ? (double)socket->quiet_ms : ns_to_ms(finding->evidence.kernel.stuck_ns);
	shown->local = report_address(finding->local);
	if (finding->peer)
		shown->peer = report_address(finding->peer);
	if (!inode)
		return;
	add_holders(leak, shown, view, finding, inode);
	add_interests(shown, view, inode);
}

static struct report_listener *listener_of(const struct kernel_view *view,
					   const struct kernel_socket *listener)
{
	const struct kernel_holding *holder = scan_holder_in_view(view, listener->inode);
	struct report_listener *shown = allocate_zeroed(1, sizeof(*shown));

	report_print_address(shown->address, sizeof(shown->address), &listener->local);
	shown->holder = (struct report_holder){ .pid = -1, .fd = -1 };
	if (holder)
		shown->holder = (struct report_holder){ .pid = holder->pid, .fd = holder->fd };
	shown->queued = listener->receive_queue;
	shown->queue_maximum = listener->send_queue;
	shown->last_accept_ms = -1;
	return shown;
}

static int by_descriptor(const void *left, const void *right)
{
	const struct report_socket *a = left, *b = right;

	if (a->fd != b->fd)
		return a->fd < b->fd ? -1 : 1;
	return a->cookie < b->cookie ? -1 : a->cookie > b->cookie;
}

static size_t process_with(const struct report *report, int pid)
{
	size_t i;

	for (i = 0; i < report->process_count; i++)
		if (report->processes[i].pid == pid)
			break;
	return i;
}

static char *fix_of(const struct report_leak *leak)
{
	const bool is_note = leak->verdict == VERDICT_NOTE;

	return allocate_printed(
		"%s%s",
		advice_for(leak->class, leak->reason, is_note ? ADVICE_NOTE : 0, ADVICE_SCANNED),
		is_note ? "" : " `finleak run` names the line of code.");
}

/* All of GROUP have the same key. */
static void add_leak(struct report *report, const struct judge_options *judge,
		     const struct grouped *group, size_t count)
{
	struct report_leak *leak = allocate_next(&report->leaks, report->leak_count, sizeof(*leak));
	const struct scan_finding *finding = group->finding;
	size_t i;

	report->leak_count++;
	leak->class = group->key.rule->class;
	leak->reason = group->key.rule->reason;
	leak->verdict = group->key.rule->verdict;
	leak->count = count;
	leak->process = process_with(report, group->key.pid);
	leak->place = allocate_zeroed(1, sizeof(*leak->place));
	leak->place->pid = group->key.pid;
	leak->place->executable = finding->process->executable;
	snprintf(leak->place->name, sizeof(leak->place->name), "%s", group->key.place);
	if (finding->listener)
		leak->listener = listener_of(report->view, finding->listener);
	for (i = 0; i < count; i++)
		add_socket(leak, report->view, group[i].finding);
	report_settle_holders(leak);
	qsort(leak->sockets, leak->socket_count, sizeof(*leak->sockets), by_descriptor);
	report_sum_up_sockets(leak);
	set_id(leak);
	/* A scan sees no read at all: of one that was not recorded there is nothing to say. */
	leak->headline = allocate_text(leak->class == CLASS_EOF_UNCLOSED && !leak->reason
					       ? class_words(leak->class)->headline
					       : rule_headline(group->key.rule));
	leak->rule = group->key.rule->name;
	leak->facts = rule_facts(group->key.rule, &finding->evidence, judge, &leak->fact_count);
	finding_lines_fill(leak);
	leak->fix = fix_of(leak);
}

static void add_leaks(struct report *report, const struct scan_findings *findings,
		      const struct report_options *options)
{
	struct grouped *sorted = allocate_zeroed(findings->count + 1, sizeof(*sorted));
	size_t start, end, i;

	for (i = 0; i < findings->count; i++) {
		sorted[i].finding = &findings->list[i];
		sorted[i].key.pid = findings->list[i].process->pid;
		sorted[i].key.rule = findings->list[i].rule;
		set_place(sorted[i].key.place, sizeof(sorted[i].key.place), &findings->list[i]);
	}
	qsort(sorted, findings->count, sizeof(*sorted), by_key);
	for (start = 0; start < findings->count; start = end) {
		const struct rule *rule = sorted[start].key.rule;

		for (end = start + 1;
		     end < findings->count && by_key(&sorted[start], &sorted[end]) == 0;)
			end++;
		if (standings_need(options, rule->verdict))
			add_leak(report, &findings->judge, &sorted[start], end - start);
		else
			report_count(report, rule->class, rule->verdict, end - start);
	}
	free(sorted);
	standings_decide(report, options);
}

struct report *scan_report_build(struct kernel_view *view, const struct scan_findings *findings,
				 double samples_apart_ms, const struct report_options *options,
				 bool every_process)
{
	struct report *report = allocate_zeroed(1, sizeof(*report));

	report->view = view;
	report->observed = true;
	report->all = options->all;
	report->explain = options->explain;
	report->each_socket = options->each_socket;
	report->top = options->top;
	report->samples_apart_ms = samples_apart_ms;
	report->elsewhere = view->elsewhere;
	report->unclaimed = findings->unclaimed;
	report->source_root = source_root_find();
	report->made_at_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	report->lost = findings->unclaimed;
	scan_processes_fill(report, view, every_process);
	add_leaks(report, findings, options);
	if (options->thread_stacks)
		scan_threads_fill(report, options);
	descriptor_budgets_fill(report);
	headline_fill(report);
	report_sections_fill(report);
	return report;
}
