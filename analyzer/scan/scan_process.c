/* SPDX-License-Identifier: MIT */
#include "analyzer/scan/scan_process.h"

#include <errno.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/sorted_rows.h"
#include "analyzer/kernel_view/kernel_unowned.h"
#include "analyzer/report/process_census.h"
#include "analyzer/report/report_process.h"
#include "analyzer/report/tuning_advice.h"
#include "analyzer/report/report_state.h"

static int state_of_unlisted(const struct kernel_unlisted *unlisted)
{
	if (unlisted->state != KERNEL_CLOSE || kernel_unlisted_was_connected(unlisted))
		return report_state_by_kernel(unlisted->state);
	return report_state_before_use(unlisted->local.port != 0);
}

static bool has_lower_inode(const void *row, const void *inode)
{
	return ((const struct kernel_unlisted *)row)->holding.inode < *(const uint32_t *)inode;
}

static const struct kernel_unlisted *unlisted_of(const struct kernel_view *view, uint32_t inode)
{
	/* They were found in the holdings' order. */
	size_t place = rows_before(view->unlisted, view->unlisted_count, sizeof(*view->unlisted),
				   has_lower_inode, &inode);

	if (place == view->unlisted_count || view->unlisted[place].holding.inode != inode)
		return NULL;
	return &view->unlisted[place];
}

static void count_holding(struct report_process *shown, const struct kernel_view *view,
			  uint32_t inode)
{
	const struct kernel_socket *socket = kernel_sockets_of_inode(&view->sockets, inode);
	const struct kernel_unlisted *unlisted;
	int state = -1;

	if (socket) {
		state = report_state_by_kernel(socket->state);
		shown->unanswered += socket->state == KERNEL_ESTABLISHED &&
				     socket->unanswered >= UNANSWERED_LONG;
	} else {
		unlisted = unlisted_of(view, inode);
		if (!unlisted)
			return;
		state = state_of_unlisted(unlisted);
	}
	shown->open_at_end++;
	if (state >= 0)
		shown->tcp_states[state]++;
}

/* What came in by the socket of INODE, if that listens, and no descriptor refers to. */
static void count_unowned(struct report_process *shown, const struct kernel_view *view,
			  const struct kernel_process *process, struct unowned_sockets *unowned,
			  uint32_t inode)
{
	const struct kernel_socket *socket = kernel_sockets_of_inode(&view->sockets, inode);
	uint64_t states[KERNEL_STATES] = { 0 };

	if (!socket || socket->state != KERNEL_LISTEN)
		return;
	unowned_sockets_claim(unowned, socket->cookie, process->start_ms, states);
	process_census_add_unowned(shown, states);
}

/* Each socket counts once in each process, under however many numbers it is there. */
static void take_census(struct report *report, const struct kernel_view *view)
{
	struct unowned_sockets unowned;
	size_t i;

	unowned_sockets_count(&unowned, &view->sockets, &view->listeners, &view->namespaces);
	for (i = 0; i < view->holdings.count; i++) {
		const struct kernel_holding *holding = &view->holdings.list[i];
		struct kernel_process *process = kernel_view_process(view, holding->pid);
		struct report_process *shown;

		if (i && holding[-1].inode == holding->inode && holding[-1].pid == holding->pid)
			continue;
		if (!process)
			continue;
		shown = &report->processes[process - view->processes];
		count_holding(shown, view, holding->inode);
		count_unowned(shown, view, process, &unowned, holding->inode);
	}
	unowned_sockets_clear(&unowned);
}

static void take_namespace(struct report_process *shown, const struct kernel_view *view,
			   const struct kernel_process *process)
{
	const struct kernel_namespace *netns =
		kernel_namespaces_find(&view->namespaces, process->namespace);

	kernel_tuning_clear(&shown->sysctls);
	shown->time_wait_unattributed = -1;
	if (!netns)
		return;
	shown->sysctls = netns->tuning;
	if (!netns->failure)
		shown->time_wait_unattributed = (int64_t)netns->time_wait;
}

static void report_blindness(struct report *report, struct report_process *shown,
			     const struct kernel_process *process)
{
	if (process->ended)
		report_add_blind_spot(shown, allocate_text("it ended while it was sampled"));
	if (process->failure)
		report_add_blind_spot(shown,
				      allocate_printed("its descriptors could not be read: %s",
						       strerror(process->failure)));
	if (process->namespace_failure)
		report_add_blind_spot(
			shown,
			allocate_printed(
				"the sockets of its network namespace could not be listed: %s",
				strerror(process->namespace_failure)));
	if (process->from_outside && !process->namespace_failure)
		report_add_blind_spot(
			shown, allocate_text("its network namespace may not be entered: /proc "
					     "alone does not show whether it still sends, nor how "
					     "long its peers have been silent"));
	if (process->epoll_failure)
		report_add_blind_spot(
			shown, allocate_printed("what its epoll descriptors wait for could not be "
						"read: %s",
						strerror(process->epoll_failure)));
	if (process->descriptors.ring_count)
		report_add_blind_spot(shown, allocate_text("it uses io_uring: what a ring watches, "
							   "reads or holds is not visible"));
	report->not_judged += process->refused + (process->namespace_failure != 0);
	if (!process->refused)
		return;
	report->lost += process->refused;
	report_add_blind_spot(
		shown, allocate_printed("%llu TCP sockets that are closed for good, or not "
					"connected yet, could not be distinguished (that takes "
					"the right to ptrace it)",
					(unsigned long long)process->refused));
}

static bool is_concerned(const struct report_process *shown)
{
	return shown->open_at_end || shown->blind_spots.count;
}

/* Leaves out what is no process, and without EVERY those that have no TCP sockets. */
static void keep_concerned(struct report *report, const struct kernel_view *view, bool every)
{
	size_t kept = 0, i;

	for (i = 0; i < view->process_count; i++) {
		struct report_process *shown = &report->processes[i];

		if (view->processes[i].failure != ESRCH && (every || is_concerned(shown)))
			report->processes[kept++] = *shown;
		else
			report_process_clear(shown);
	}
	report->process_count = kept;
}

void scan_processes_fill(struct report *report, const struct kernel_view *view, bool every)
{
	size_t i;

	report->processes = allocate_zeroed(view->process_count + 1, sizeof(*report->processes));
	report->process_count = view->process_count;
	for (i = 0; i < view->process_count; i++) {
		const struct kernel_process *process = &view->processes[i];
		struct report_process *shown = &report->processes[i];

		shown->pid = process->pid;
		shown->parent_pid = process->parent_pid;
		shown->executable = process->executable;
		shown->command = allocate_text(process->command);
		shown->state = process->ended ? "exited" : "running";
		shown->duration_ms = process->age_ms;
		shown->descriptor_limit = process->descriptor_limit;
		shown->descriptors = process->descriptors.count;
		shown->census_ms = process->age_ms;
		take_namespace(shown, view, process);
	}
	take_census(report, view);
	for (i = 0; i < view->process_count; i++) {
		tuning_advise(&report->processes[i]);
		report_blindness(report, &report->processes[i], &view->processes[i]);
	}
	keep_concerned(report, view, every);
}
