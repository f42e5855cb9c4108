/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attach_session.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/attach/attach_losses.h"
#include "analyzer/attach/attach_program.h"
#include "analyzer/attach/attached_cookies.h"
#include "analyzer/attach/attached_events.h"
#include "analyzer/attach/attached_family.h"
#include "analyzer/attach/attached_goroutines.h"
#include "analyzer/attach/attached_next.h"
#include "analyzer/attach/attached_resync.h"
#include "analyzer/attach/attached_scripts.h"
#include "analyzer/attach/attached_stack.h"
#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/observer/observer.h"

/* How often the ends of processes are looked for that may have been lost. */
#define GONE_CHECK_NS (100 * NS_PER_MS)

struct attach_session {
	struct attach_program *program;
	const char *folder;
	struct attached_process *processes; /* by pid */
	struct observer *observer;
	uint64_t cost_ns;
	struct attach_losses losses;
	uint64_t gone_checked_ns; /* since events were lost: when ends were looked for last */
};

static struct attached_process *find(const struct attach_session *session, int pid)
{
	struct attached_process *process;

	HASH_FIND_INT(session->processes, &pid, process);
	return process;
}

static void remove_process(struct attach_session *session, struct attached_process *process)
{
	HASH_DEL(session->processes, process);
	attach_losses_bury(&session->losses, process);
}

static void add_process(struct attach_session *session, struct attached_process *process)
{
	/* A number is used again: the end of who had it was lost. */
	struct attached_process *before = find(session, process->pid);

	if (before) {
		attached_vanished(before, process->start_ns);
		remove_process(session, before);
	}
	HASH_ADD_INT(session->processes, pid, process);
}

static bool take_losses(struct attach_session *session)
{
	return attach_losses_take(&session->losses, attach_program_lost(session->program),
				  session->processes);
}

/* What each call means. */
static void take_call(struct attached_process *process, const struct attach_event *event)
{
	static void (*const take[])(struct attached_process *, const struct attach_event *) = {
		[ATTACH_CALL_SOCKET] = attached_opened,
		[ATTACH_CALL_ACCEPT] = attached_accepted,
		[ATTACH_CALL_LISTEN] = attached_listening,
		[ATTACH_CALL_CONNECT] = attached_connected,
		[ATTACH_CALL_READ] = attached_read,
		[ATTACH_CALL_RECVMSG] = attached_read,
		[ATTACH_CALL_WRITE] = attached_written,
		[ATTACH_CALL_SENDMSG] = attached_written,
		[ATTACH_CALL_SPLICE] = attached_read,
		[ATTACH_CALL_SENDFILE] = attached_read,
		[ATTACH_CALL_SHUTDOWN] = attached_shut,
		[ATTACH_CALL_DUP] = attached_duplicated,
		[ATTACH_CALL_DUP_ON] = attached_duplicated,
		[ATTACH_CALL_FCNTL] = attached_duplicated,
		[ATTACH_CALL_SOCKOPT] = attached_asked_error,
		[ATTACH_CALL_EPOLL_CTL] = attached_registered,
		[ATTACH_CALL_RING] = attached_has_ring,
	};

	if (event->call < sizeof(take) / sizeof(take[0]) && take[event->call])
		take[event->call](process, event);
}

/*
 * Is the child of EVENT recorded already? It was born between the begin of its parent's recording
 * and the list of that one's children.
 */
static bool is_listed(const struct attach_session *session, const struct attach_event *event)
{
	const struct attached_process *child = find(session, (int)event->child);

	return child && child->start_ns > event->ns;
}

/* PROCESS runs another program, or was met. */
static void watch(struct attach_session *session, const struct attached_process *process)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/exe", process->pid);
	attach_program_watch(session->program, process->pid, path);
}

static void show_python(struct attach_session *session, struct attached_process *process)
{
	struct attach_python places;

	if (!process->python_news)
		return;
	places = target_python_places(process->python);
	attach_program_python(session->program, process->pid, &places);
	process->python_news = false;
}

static void search_python(struct attach_session *session, struct attached_process *process)
{
	attached_scripts_search(process, NULL);
	show_python(session, process);
}

static void take_event(void *context, const struct attach_event *event)
{
	struct attach_session *session = context;
	struct attached_process *process = find(session, (int)event->pid);

	if (!process) {
		process = attached_stranger((int)event->pid, session->folder);
		if (!process) {
			session->losses.strangers++;
			return;
		}
		add_process(session, process);
	}
	switch (event->kind) {
	case ATTACH_EVENT_SCRIPTS:
		if (process->python)
			target_python_keep(process->python, (const void *)event);
		return;
	case ATTACH_EVENT_CALL:
		take_call(process, event);
		break;
	case ATTACH_EVENT_MOVED:
		attached_moved(process, event);
		break;
	case ATTACH_EVENT_POLLED:
		attached_next_polled(process, event);
		break;
	case ATTACH_EVENT_CLOSING:
		attached_closing(process, event);
		break;
	case ATTACH_EVENT_CLOSING_RANGE:
		attached_closing_range(process, event);
		break;
	case ATTACH_EVENT_SHUTTING:
		attached_shutting(process, event);
		break;
	case ATTACH_EVENT_PASSED:
		attached_passed(process, event);
		break;
	case ATTACH_EVENT_SENT:
		attached_sent(process, event);
		break;
	case ATTACH_EVENT_FORKED:
		if (!is_listed(session, event))
			add_process(session, attached_forked(process, event));
		break;
	case ATTACH_EVENT_EXECING:
		attached_execing(process, event);
		break;
	case ATTACH_EVENT_KEPT:
		attached_kept(process, event);
		break;
	case ATTACH_EVENT_EXECED:
		attached_execed(process, event);
		watch(session, process);
		break;
	case ATTACH_EVENT_ASKED:
		attached_asked_for(process, event);
		break;
	case ATTACH_EVENT_TAKEN:
		attached_taken(process, event);
		break;
	case ATTACH_EVENT_OPEN_AT_EXIT:
		attached_open_at_exit(process, event);
		break;
	case ATTACH_EVENT_EXITED:
		take_losses(session);
		attached_exited(process, event);
		/* One that was set when it had ended already would stay for who gets its number. */
		if (process->stack_copied != ATTACH_STACK_LARGE)
			attach_program_unlimit(session->program, process->pid);
		attach_program_leave(session->program, process->pid);
		remove_process(session, process);
		return;
	}
	if (process->ledger->header)
		ledger_touch(process->ledger, event->ns);
	if (process->stack_limit != process->stack_copied) {
		attach_program_limit(session->program, process->pid, process->stack_limit);
		process->stack_copied = process->stack_limit;
	}
	show_python(session, process);
	if (process->learned.number) {
		attach_program_know(session->program, &process->learned_key, &process->learned);
		process->learned.number = 0;
	}
}

struct attach_session *attach_session_begin(const char *folder, char *reason, size_t size)
{
	struct attach_session *session = allocate_zeroed(1, sizeof(*session));

	session->folder = folder;
	session->program = attach_program_start(take_event, session, reason, size);
	if (!session->program) {
		free(session);
		return NULL;
	}
	session->observer = observer_new();
	return session;
}

bool attach_session_add(struct attach_session *session, int pid, struct attached_before *before,
			char *reason, size_t size)
{
	struct attached_process *process = attached_process_new(pid, attached_parent_of(pid),
								ORIGIN_ATTACHED, session->folder);
	int failure = 0;

	/* First: what it opens from now on comes as an event, what it has is in the tables. */
	if (!attach_program_add(session->program, pid))
		failure = errno;
	if (!failure)
		failure = attached_take_before(process, before);
	if (failure) {
		if (failure == ESRCH)
			snprintf(reason, size, "no process %d", pid);
		else
			snprintf(reason, size, "cannot record process %d: %s", pid,
				 strerror(failure));
		attach_program_remove(session->program, pid);
		attached_process_free(process);
		return false;
	}
	/* One that has no socket yet has a recording, too: it was examined. */
	if (!attached_process_record(process)) {
		snprintf(reason, size, "cannot record process %d: no recording can be made in %s",
			 pid, session->folder);
		attach_program_remove(session->program, pid);
		attached_process_free(process);
		return false;
	}
	search_python(session, process);
	add_process(session, process);
	watch(session, process);
	return true;
}

bool attach_session_follow(struct attach_session *session, int pid, const char *executable)
{
	struct attached_process *process =
		attached_process_new(pid, attached_parent_of(pid), ORIGIN_EXEC, session->folder);

	process->asked_for = true;
	if (!attach_program_add(session->program, pid)) {
		attached_process_free(process);
		return false;
	}
	attach_program_watch(session->program, pid, executable);
	add_process(session, process);
	return true;
}

bool attach_session_knows(const struct attach_session *session, int pid)
{
	return find(session, pid) != NULL;
}

int attach_session_fd(const struct attach_session *session)
{
	return attach_program_fd(session->program);
}

/* Lets go of those that have ended, and whose events of that were lost. */
static void end_gone(struct attach_session *session)
{
	struct attached_process *process, *next;

	for (process = session->processes; process; process = process->hh.next)
		process->is_gone = attached_has_ended(process->pid);
	/* What they did last is there by now. */
	attach_program_read(session->program);
	HASH_ITER(hh, session->processes, process, next) {
		if (!process->is_gone)
			continue;
		attached_vanished(process, clock_ns(CLOCK_MONOTONIC));
		remove_process(session, process);
	}
	session->gone_checked_ns = clock_ns(CLOCK_MONOTONIC);
}

/* Closes may be among what was lost, and ends of processes. */
static void resync(struct attach_session *session)
{
	struct attached_process *process;

	end_gone(session);
	for (process = session->processes; process; process = process->hh.next)
		if (ledger_is_open(process->ledger))
			attached_resync(process);
}

void attach_session_read(struct attach_session *session)
{
	struct attached_process *process;

	attach_program_read(session->program);
	for (process = session->processes; process; process = process->hh.next)
		search_python(session, process);
	if (take_losses(session))
		resync(session);
	/* A process whose end was lost may not have been gone yet when that was found. */
	else if (session->losses.counted &&
		 clock_ns(CLOCK_MONOTONIC) >= session->gone_checked_ns + GONE_CHECK_NS)
		end_gone(session);
}

size_t attach_session_running(const struct attach_session *session)
{
	return HASH_COUNT(session->processes);
}

static void take_poller(void *context, const struct attach_number *key,
			const struct attach_poller *poller)
{
	const struct attached_process *process = find(context, (int)key->pid);

	if (process && ledger_is_open(process->ledger))
		attached_polled(process, key->fd, poller);
}

void attach_session_sample(struct attach_session *session, bool thorough)
{
	size_t count = 0, room = HASH_COUNT(session->processes), i;
	struct attached_process **recorded = allocate_zeroed(room + 1, sizeof(*recorded)), *process;
	struct observed_program *programs = allocate_zeroed(room + 1, sizeof(*programs));
	uint64_t before = clock_ns(CLOCK_PROCESS_CPUTIME_ID);

	for (process = session->processes; process; process = process->hh.next)
		if (ledger_is_open(process->ledger))
			recorded[count++] = process;
	attach_program_each_poller(session->program, take_poller, session);
	attached_name_all(recorded, count);
	for (i = 0; i < count; i++)
		programs[i] = (struct observed_program){
			.pid = recorded[i]->pid,
			.path = attached_process_path(recorded[i]),
		};
	observer_sample(session->observer, programs, count, thorough);
	observer_keep(session->observer);
	session->cost_ns = clock_ns(CLOCK_PROCESS_CPUTIME_ID) - before;
	observed_programs_free(programs, count);
	free(recorded);
}

uint64_t attach_session_cost_ns(const struct attach_session *session)
{
	return session->cost_ns;
}

void attach_session_end(struct attach_session *session)
{
	struct attached_process *process, *next;

	take_losses(session);
	HASH_ITER(hh, session->processes, process, next) {
		attached_detached(process, clock_ns(CLOCK_MONOTONIC));
		attach_program_remove(session->program, process->pid);
		remove_process(session, process);
	}
	attach_losses_clear(&session->losses);
	attach_program_end(session->program);
	observer_free(session->observer);
	free(session);
}
