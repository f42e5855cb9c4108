/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_events.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "analyzer/attach/attached_next.h"
#include "analyzer/attach/attached_stack.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "preload/recording/decision.h"

static uint8_t directions(uint64_t how)
{
	return how == SHUT_RD   ? SHUTDOWN_READ
	       : how == SHUT_WR ? SHUTDOWN_WRITE
				: SHUTDOWN_READ | SHUTDOWN_WRITE;
}

/* A reader in another thread is woken by the call and reads 0, which is no EOF. */
void attached_shutting(struct attached_process *process, const struct attach_event *event)
{
	struct held_socket held;

	if (event->args[1] > SHUT_RDWR)
		return;
	held = attached_socket(process, event->fd, &event->socket, event->ns);
	if (!socket_is_held(held))
		return;
	held.row->shutdown_how |= directions(event->args[1]);
	socket_release(process->ledger, held);
}

static uint32_t shut_down(struct attached_process *process, struct held_socket held,
			  const struct attach_event *event)
{
	struct recorded_socket *row = held.row;
	uint32_t stack;

	if (row->role == ROLE_LISTENER)
		return 0;
	/* On a connection that goes on it only means "I will not read". */
	if (event->args[1] == SHUT_RD && !(row->life & (LIFE_EOF | LIFE_ERROR | LIFE_SHUTDOWN)))
		return 0;
	stack = attached_stack(process, event);
	if (event->args[1] == SHUT_RD) {
		socket_note_use(process->ledger, held, USE_SHUTDOWN_READ, stack, event->ns);
		return stack;
	}
	if (row->life & (LIFE_EOF | LIFE_ERROR))
		socket_note_use(process->ledger, held, USE_SHUTDOWN, stack, event->ns);
	if (socket_claim(held, LIFE_SHUTDOWN))
		socket_note_shutdown(process->ledger, held, stack, event->ns);
	return stack;
}

void attached_shut(struct attached_process *process, const struct attach_event *event)
{
	struct held_socket held;

	if (event->args[1] > SHUT_RDWR)
		return;
	held = attached_socket(process, event->fd, &event->socket, event->ns);
	if (!socket_is_held(held))
		return;
	/* ENOTCONN: the connection is dead already; to the program it is shut down all the same. */
	if (event->result < 0 && (event->result != -ENOTCONN || held.row->role != ROLE_CONNECTED))
		held.row->shutdown_how &= (uint8_t)~directions(event->args[1]);
	else
		attached_next_note(process, event, NEXT_SHUTDOWN, event->fd, held.index,
				   shut_down(process, held, event));
	socket_release(process->ledger, held);
}

static bool has_ended(const struct recorded_socket *row)
{
	return row->role != ROLE_LISTENER && (row->life & (LIFE_EOF | LIFE_ERROR | LIFE_SHUTDOWN));
}

/* As in the recorder: the first time, and the first times that a chance to write is asked for. */
#define WATCHED_MAX 4

static uint32_t watched(struct attached_process *process, struct held_socket held,
			const struct attach_event *event, uint32_t before, uint32_t interest)
{
	uint8_t times = held.row->watched;
	uint32_t stack;

	if (times == WATCHED_MAX || (times > 0 && !(interest & ~before & EPOLLOUT)))
		return 0;
	held.row->watched = times + 1;
	stack = attached_stack(process, event);
	socket_note_touch(held, TOUCH_WATCH, stack, (int32_t)event->thread, event->ns);
	return stack;
}

/* Does INTEREST, as long as nobody changes it, lead a reader to the EOF? */
static bool asks_for_end(uint32_t interest)
{
	return (interest & (EPOLLIN | EPOLLRDHUP)) && !(interest & EPOLLONESHOT);
}

static bool pauses(const struct recorded_socket *row, uint32_t before, uint32_t interest)
{
	return row->role != ROLE_LISTENER && !row->eof_ns && !asks_for_end(interest) &&
	       (asks_for_end(before) || (interest & EPOLLONESHOT));
}

/* Where reading is paused: the first time, the second, the fourth... */
static uint32_t paused(struct attached_process *process, struct held_socket held,
		       const struct attach_event *event, uint32_t stack)
{
	uint8_t times = held.row->paused;

	if (times == UINT8_MAX)
		return stack;
	held.row->paused = ++times;
	if ((times & (times - 1)) != 0)
		return stack;
	if (!stack)
		stack = attached_stack(process, event);
	held.row->paused_stack = stack;
	return stack;
}

/*
 * Is it taken out of its set because epoll has reported a reset? Nothing but that closes a
 * connection that the program has not shut down; MPTCP shows a subflow's state.
 */
static bool is_dropped_reset(const struct recorded_socket *row, const struct attach_event *event)
{
	return (int)event->args[1] == EPOLL_CTL_DEL && event->interest & EPOLLHUP &&
	       row->role == ROLE_CONNECTED && !has_ended(row) && row->kind != KIND_MPTCP &&
	       event->socket.state == KERNEL_CLOSE;
}

/* Returns the stack; 0: the error is known. */
static uint32_t dropped_reset(struct attached_process *process, struct held_socket held,
			      const struct attach_event *event)
{
	uint32_t stack;

	if (!socket_claim(held, LIFE_ERROR))
		return 0;
	stack = attached_stack(process, event);
	held.row->error_call = ERROR_CALL_EPOLL_DEL;
	socket_note_error(process->ledger, held, 0, stack, event->ns);
	return stack;
}

void attached_registered(struct attached_process *process, const struct attach_event *event)
{
	int epoll = (int)event->args[0], operation = (int)event->args[1];
	uint32_t interest = operation == EPOLL_CTL_DEL ? 0 : RECORDED_REGISTERED | event->interest;
	struct held_socket held = attached_socket(process, event->fd, &event->socket, event->ns);
	struct recorded_socket *row = held.row;
	uint32_t before, stack = 0;
	bool dropped;

	if (!socket_is_held(held))
		return;
	before = row->epoll_interest;
	dropped = is_dropped_reset(row, event);
	/* Handed over from one loop to another, it is taken out of the old set last. */
	if (operation != EPOLL_CTL_DEL || row->epoll == epoll) {
		row->epoll = epoll;
		row->epoll_interest = interest;
	}
	if (operation != EPOLL_CTL_ADD && has_ended(row)) {
		stack = attached_stack(process, event);
		socket_note_use(process->ledger, held,
				operation == EPOLL_CTL_DEL ? USE_EPOLL_DEL : USE_EPOLL_MOD, stack,
				event->ns);
	} else if (dropped) {
		stack = dropped_reset(process, held, event);
	} else if (operation != EPOLL_CTL_DEL) {
		stack = watched(process, held, event, before, interest);
	}
	if (row->epoll == epoll && pauses(row, before, interest))
		stack = paused(process, held, event, stack);
	attached_next_note(process, event,
			   operation == EPOLL_CTL_DEL ? NEXT_EPOLL_DEL : NEXT_EPOLL_CTL, event->fd,
			   held.index, stack);
	if (dropped && stack)
		attached_next_expect(process, event, held);
	socket_release(process->ledger, held);
}

void attached_polled(const struct attached_process *process, int epoll,
		     const struct attach_poller *poller)
{
	struct recorded_poller *row;

	if (epoll < 0 || !ledger_reserve(process->ledger, SECTION_POLLERS, (uint32_t)epoll, 1))
		return;
	row = (struct recorded_poller *)(void *)ledger_base(process->ledger, SECTION_POLLERS) +
	      epoll;
	row->thread = (int32_t)poller->thread;
	__atomic_store_n(&row->entered_ns, poller->entered_ns, __ATOMIC_RELEASE);
	__atomic_store_n(&row->returned_ns, poller->returned_ns, __ATOMIC_RELEASE);
	ledger_raise_used(process->ledger, SECTION_POLLERS, (uint64_t)epoll + 1);
}

void attached_has_ring(struct attached_process *process, const struct attach_event *event)
{
	(void)event;
	if (!attached_process_record(process))
		return;
	socket_note_ring(process->ledger);
	process->ledger->header->blind |= BLIND_IO_URING;
}

void attached_moved(struct attached_process *process, const struct attach_event *event)
{
	bool reading = event->call == ATTACH_CALL_READ || event->call == ATTACH_CALL_RECVMSG;
	struct held_socket held = attached_socket(process, event->fd, &event->socket, event->ns);
	uint32_t stack;

	if (!socket_is_held(held))
		return;
	stack = attached_stack(process, event);
	attached_next_note(process, event, reading ? NEXT_READ : NEXT_WRITE, event->fd, held.index,
			   stack);
	socket_note_touch(held, reading ? TOUCH_READ : TOUCH_WRITE, stack, (int32_t)event->thread,
			  event->ns);
	socket_release(process->ledger, held);
}
