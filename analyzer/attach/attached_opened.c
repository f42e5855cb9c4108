/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_events.h"

#include <errno.h>

#include "analyzer/attach/attached_cookies.h"
#include "analyzer/attach/attached_goroutines.h"
#include "analyzer/attach/attached_next.h"
#include "analyzer/attach/attached_stack.h"
#include "analyzer/kernel_view/kernel_sockets.h"

void attached_opened(struct attached_process *process, const struct attach_event *event)
{
	struct held_socket held =
		attached_socket_new(process, event->fd, &event->socket, SOURCE_SOCKET, event->ns);

	if (!socket_is_held(held))
		return;
	held.row->opened_stack = attached_stack_and_asker(process, event);
	attached_publish(process, held, event->fd);
}

/* How the listener fares. */
static void note_last_accept(struct attached_process *process, const struct attach_event *event,
			     uint32_t stack)
{
	struct held_socket held = socket_acquire(process->ledger, (int)event->args[0]);
	struct recorded_socket *row = held.row;

	if (!socket_is_held(held))
		return;
	if (row->role == ROLE_LISTENER) {
		row->last_use = USE_ACCEPT;
		row->last_use_stack = stack;
		row->accept_thread = (int32_t)event->thread;
		__atomic_store_n(&row->last_use_ns, event->ns, __ATOMIC_RELEASE);
	}
	socket_release(process->ledger, held);
}

/* The number was closed before: a close too many may have hit this socket's. */
static void take_closed_number(const struct attached_process *process, int fd,
			       struct recorded_socket *row)
{
	if ((size_t)fd >= process->number_room)
		return;
	row->number_closed_ns = process->numbers[fd].ns;
	row->number_closed_stack = process->numbers[fd].stack;
}

void attached_accepted(struct attached_process *process, const struct attach_event *event)
{
	struct held_socket held =
		attached_socket_new(process, event->fd, &event->socket, SOURCE_ACCEPT, event->ns);
	uint32_t stack;

	if (!socket_is_held(held))
		return;
	stack = attached_stack(process, event);
	held.row->opened_stack = stack;
	attached_addresses(&event->socket, &held.row->local, &held.row->peer);
	held.row->role = ROLE_CONNECTED;
	take_closed_number(process, event->fd, held.row);
	attached_next_note(process, event, NEXT_ACCEPT, event->fd, held.index, stack);
	note_last_accept(process, event, stack);
	attached_publish(process, held, event->fd);
}

void attached_listening(struct attached_process *process, const struct attach_event *event)
{
	struct held_socket held = attached_socket(process, event->fd, &event->socket, event->ns);

	if (!socket_is_held(held))
		return;
	held.row->listen_stack = attached_stack(process, event);
	attached_addresses(&event->socket, &held.row->local, &held.row->peer);
	socket_set_role(held, ROLE_LISTENER);
	socket_release(process->ledger, held);
}

static void connect_failed(struct attached_process *process, struct held_socket held, int error,
			   uint64_t now)
{
	if (!socket_claim(held, LIFE_ERROR))
		return;
	socket_set_role(held, ROLE_CONNECT_FAILED);
	socket_note_error(process->ledger, held, error, 0, now);
}

static bool says_nothing(int error)
{
	return error == EBADF || error == ENOTSOCK || error == EALREADY || error == EFAULT ||
	       error == EINVAL || error == EAFNOSUPPORT;
}

/* ERESTARTSYS and its relatives: the call is made again, or the program sees EINTR. */
static int error_of(int64_t result)
{
	if (result >= 0)
		return 0;
	return result <= -512 ? EINTR : (int)-result;
}

void attached_connected(struct attached_process *process, const struct attach_event *event)
{
	int error = error_of(event->result);
	struct recorded_address local, peer;
	struct held_socket held;
	uint32_t stack = 0;

	if (says_nothing(error))
		return;
	held = attached_socket(process, event->fd, &event->socket, event->ns);
	if (!socket_is_held(held))
		return;
	attached_addresses(&event->socket, &local, &peer);
	/* A connection that failed has no addresses any more: those of the call are kept. */
	if (peer.family)
		held.row->peer = peer;
	held.row->local = local;
	if (!error || error == EISCONN) {
		socket_connect_again(held, ROLE_CONNECTED);
		goto out;
	}
	held.row->connect_stack = attached_stack(process, event);
	stack = held.row->connect_stack;
	if (error == EINPROGRESS || error == EINTR || error == EAGAIN)
		socket_connect_again(held, ROLE_CONNECTING);
	else
		connect_failed(process, held, error, event->ns);
out:
	attached_next_note(process, event, NEXT_CONNECT, event->fd, held.index, stack);
	socket_release(process->ledger, held);
}

void attached_asked_error(struct attached_process *process, const struct attach_event *event)
{
	int error = (int)event->result;
	struct held_socket held = attached_socket(process, event->fd, &event->socket, event->ns);

	if (!socket_is_held(held))
		return;
	if (!error) {
		if (held.row->role == ROLE_CONNECTING && event->socket.peer_port &&
		    event->socket.state != KERNEL_SYN_SENT && event->socket.state != KERNEL_CLOSE)
			socket_connect_again(held, ROLE_CONNECTED);
	} else if (held.row->role == ROLE_CONNECTING && error != ECONNRESET && error != EPIPE) {
		connect_failed(process, held, error, event->ns);
	} else {
		if (held.row->role == ROLE_CONNECTING)
			socket_set_role(held, ROLE_CONNECTED);
		if (socket_claim(held, LIFE_ERROR)) {
			held.row->error_call = ERROR_CALL_GETSOCKOPT;
			socket_note_error(process->ledger, held, error,
					  attached_stack(process, event), event->ns);
		}
	}
	socket_release(process->ledger, held);
}

void attached_passed(struct attached_process *process, const struct attach_event *event)
{
	uint32_t stack = attached_process_record(process) ? attached_stack(process, event) : 0;
	struct held_socket held;

	if (attached_join(process, event->fd, &event->socket, stack, event->ns))
		return;
	held = attached_socket_new(process, event->fd, &event->socket, SOURCE_PASSED, event->ns);
	if (!socket_is_held(held))
		return;
	held.row->opened_stack = stack;
	attached_addresses(&event->socket, &held.row->local, &held.row->peer);
	held.row->role = event->socket.state == KERNEL_LISTEN ? ROLE_LISTENER
			 : event->socket.peer_port            ? ROLE_CONNECTED
							      : ROLE_NONE;
	attached_publish(process, held, event->fd);
}

void attached_sent(struct attached_process *process, const struct attach_event *event)
{
	struct held_socket held = attached_socket(process, event->fd, &event->socket, event->ns);

	if (!socket_is_held(held))
		return;
	socket_claim(held, LIFE_SENT);
	attached_name_socket(process, event->fd);
	socket_release(process->ledger, held);
}
