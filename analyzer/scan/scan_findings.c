/* SPDX-License-Identifier: MIT */
#include "analyzer/scan/scan_findings.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "analyzer/base/allocate.h"
#include "analyzer/rules/rule_match.h"
#include "analyzer/scan/scan_evidence.h"

/* What both samples found in CLOSE_WAIT. */
struct stuck {
	const struct kernel_socket *before, *now;
};

static int by_cookie(const void *left, const void *right)
{
	const struct kernel_socket *a = *(const struct kernel_socket *const *)left;
	const struct kernel_socket *b = *(const struct kernel_socket *const *)right;

	return a->cookie < b->cookie ? -1 : a->cookie > b->cookie;
}

/* The sockets in CLOSE_WAIT, subflows of MPTCP left out, by cookie; the caller frees them. */
static const struct kernel_socket **in_close_wait(const struct kernel_sockets *sockets,
						  size_t *count)
{
	const struct kernel_socket **list = NULL;
	size_t i;

	*count = 0;
	for (i = 0; i < sockets->count; i++) {
		const struct kernel_socket *socket = &sockets->list[i];

		if (socket->state != KERNEL_CLOSE_WAIT)
			continue;
		if (socket->inode && kernel_sockets_of_inode(sockets, socket->inode) != socket)
			continue;
		*(const struct kernel_socket **)allocate_next(&list, *count, sizeof(*list)) =
			socket;
		++*count;
	}
	if (*count)
		qsort(list, *count, sizeof(*list), by_cookie);
	return list;
}

/* LEFT was waiting to be accepted in the first sample, and is not any more. */
static void note_moved(struct scan_findings *findings, const struct kernel_view *view,
		       const struct kernel_socket *left)
{
	const struct kernel_socket *listener =
		left->inode ? NULL
			    : kernel_listener_of(&view->listeners, left->namespace, &left->local);

	if (!listener)
		return;
	*(uint32_t *)allocate_next(&findings->moved, findings->moved_count, sizeof(uint32_t)) =
		listener->inode;
	findings->moved_count++;
}

/* Was something accepted from LISTENER between the samples? */
static bool queue_moved(const struct scan_findings *findings, const struct kernel_socket *listener)
{
	size_t i;

	for (i = 0; listener && i < findings->moved_count; i++)
		if (findings->moved[i] == listener->inode)
			return true;
	return false;
}

static struct stuck *stuck_in_both(struct scan_findings *findings, const struct kernel_view *view,
				   const struct kernel_sockets *second, size_t *count)
{
	size_t before_count, now_count, i, j = 0;
	const struct kernel_socket **before = in_close_wait(&view->sockets, &before_count);
	const struct kernel_socket **now = in_close_wait(second, &now_count);
	struct stuck *list = NULL;

	*count = 0;
	for (i = 0; i < before_count; i++) {
		while (j < now_count && now[j]->cookie < before[i]->cookie)
			j++;
		if (j == now_count || now[j]->cookie != before[i]->cookie) {
			note_moved(findings, view, before[i]);
			continue;
		}
		if (now[j]->inode)
			note_moved(findings, view, before[i]);
		*(struct stuck *)allocate_next(&list, *count, sizeof(*list)) =
			(struct stuck){ before[i], now[j] };
		++*count;
	}
	free(before);
	free(now);
	return list;
}

const struct kernel_holding *scan_holder_in_view(const struct kernel_view *view, uint32_t inode)
{
	const struct kernel_holding *holdings;
	size_t count, i;

	holdings = kernel_holders_of_inode(&view->holdings, inode, &count);
	for (i = 0; i < count; i++)
		if (kernel_view_process(view, holdings[i].pid))
			return &holdings[i];
	return NULL;
}

/* Reads the interest lists of all that hold what may be unread. */
static void read_interests(struct kernel_view *view, const struct stuck *stuck, size_t count)
{
	size_t holding_count, i, j;

	for (i = 0; i < count; i++) {
		const struct kernel_holding *holdings = kernel_holders_of_inode(
			&view->holdings, stuck[i].now->inode, &holding_count);

		if (!stuck[i].now->inode)
			continue;
		for (j = 0; j < holding_count; j++) {
			struct kernel_process *process = kernel_view_process(view, holdings[j].pid);

			if (process)
				kernel_view_read_interests(view, process);
		}
	}
	kernel_interests_sort(&view->interests);
}

static enum epoll_readiness readiness_of(const struct kernel_view *view, uint32_t inode)
{
	const struct kernel_holding *holdings;
	bool complete = true;
	size_t count, i;

	holdings = kernel_holders_of_inode(&view->holdings, inode, &count);
	for (i = 0; i < count; i++) {
		const struct kernel_process *process = kernel_view_process(view, holdings[i].pid);

		complete &= process && !process->epoll_failure && !process->descriptors.ring_count;
	}
	return kernel_epoll_readiness(kernel_interests_deciding(&view->interests, inode), complete);
}

static void add_finding(struct scan_findings *findings, const struct scan_finding *finding)
{
	*(struct scan_finding *)allocate_next(&findings->list, findings->count, sizeof(*finding)) =
		*finding;
	findings->count++;
}

/* What both samples found has been so for long enough. */
static bool is_stuck(struct scan_finding *finding, const struct judge_options *judge)
{
	const struct evidence *matched;

	finding->rule = rules_first(&finding->evidence, 1, judge, &matched);
	return finding->rule;
}

static void judge_stuck(struct scan_findings *findings, const struct kernel_view *view,
			const struct stuck *stuck, bool claim_all)
{
	const struct kernel_socket *before = stuck->before, *now = stuck->now;
	const struct kernel_socket *listener =
		kernel_listener_of(&view->listeners, now->namespace, &now->local);
	uint32_t held = now->inode ? now->inode : listener ? listener->inode : 0;
	const struct kernel_holding *holder = held ? scan_holder_in_view(view, held) : NULL;
	struct scan_finding finding = {
		.evidence = scan_evidence_of_stuck(before, now, listener != NULL,
						   now->inode ? readiness_of(view, now->inode)
							      : EPOLL_UNKNOWN),
		.socket = now,
		.listener = listener,
		.local = &now->local,
		.peer = &now->peer,
	};

	finding.evidence.backlog.moves = !now->inode && queue_moved(findings, listener);
	if (!is_stuck(&finding, &findings->judge))
		return;
	if (!holder) {
		findings->unclaimed += claim_all;
		return;
	}
	finding.process = kernel_view_process(view, holder->pid);
	add_finding(findings, &finding);
}

static void judge_unlisted(struct scan_findings *findings, const struct kernel_view *view,
			   struct kernel_unlisted *unlisted)
{
	struct kernel_process *process = kernel_view_process(view, unlisted->holding.pid);
	const struct kernel_socket *listener =
		kernel_listener_of(&view->listeners, process->namespace, &unlisted->local);
	struct scan_finding finding = {
		.evidence =
			scan_evidence_of_unlisted(unlisted, listener != NULL, findings->apart_ns),
		.process = process,
		.unlisted = unlisted,
		.listener = listener,
		.local = &unlisted->local,
	};

	if (is_stuck(&finding, &findings->judge) && kernel_view_unlisted_stays(unlisted))
		add_finding(findings, &finding);
}

static int by_process_and_port(const void *left, const void *right)
{
	const struct scan_finding *a = left, *b = right;

	if (a->process->pid != b->process->pid)
		return a->process->pid < b->process->pid ? -1 : 1;
	return (int)a->local->port - (int)b->local->port;
}

/* What listened there may have been closed: what came by it has the port in common still. */
static void find_shared_ports(struct scan_findings *findings)
{
	size_t i;

	if (findings->count)
		qsort(findings->list, findings->count, sizeof(*findings->list),
		      by_process_and_port);
	for (i = 1; i < findings->count; i++)
		if (by_process_and_port(&findings->list[i - 1], &findings->list[i]) == 0)
			findings->list[i - 1].port_is_shared = findings->list[i].port_is_shared =
				true;
}

static int by_number(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

/* Of what is stuck, all holders are reported: also those outside the view. */
static void find_holders(struct kernel_view *view, const struct stuck *stuck, size_t count)
{
	uint32_t *inodes = allocate_zeroed(count + view->unlisted_count + 1, sizeof(*inodes));
	size_t inode_count = 0, i;

	for (i = 0; i < count; i++)
		if (stuck[i].now->inode && scan_holder_in_view(view, stuck[i].now->inode))
			inodes[inode_count++] = stuck[i].now->inode;
	for (i = 0; i < view->unlisted_count; i++)
		inodes[inode_count++] = view->unlisted[i].holding.inode;
	qsort(inodes, inode_count, sizeof(*inodes), by_number);
	if (inode_count)
		kernel_view_find_holders(view, inodes, inode_count);
	free(inodes);
}

void scan_findings_find(struct scan_findings *findings, struct kernel_view *view,
			const struct kernel_sockets *again, const struct judge_options *options,
			bool claim_all)
{
	size_t count, i;
	struct stuck *stuck;

	*findings = (struct scan_findings){ .judge = *options, .apart_ns = options->min_held_ns };
	stuck = stuck_in_both(findings, view, again, &count);
	findings->judge.min_held_ns = 0;
	if (!claim_all)
		find_holders(view, stuck, count);
	read_interests(view, stuck, count);
	for (i = 0; i < count; i++)
		judge_stuck(findings, view, &stuck[i], claim_all);
	for (i = 0; i < view->unlisted_count; i++)
		judge_unlisted(findings, view, &view->unlisted[i]);
	free(stuck);
	find_shared_ports(findings);
}

void scan_findings_clear(struct scan_findings *findings)
{
	free(findings->list);
	free(findings->moved);
}
