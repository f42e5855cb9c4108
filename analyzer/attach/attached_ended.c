/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_events.h"

#include <errno.h>
#include <sys/socket.h>

#include "analyzer/attach/attached_next.h"
#include "analyzer/attach/attached_stack.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "preload/recording/decision.h"

/* Did a call that returned 0 ask for bytes, and not for messages of the error queue? */
static bool asked_for_bytes(const struct attach_event *event)
{
	if (event->call == ATTACH_CALL_RECVMSG)
		return !(event->args[2] & MSG_ERRQUEUE);
	return event->call != ATTACH_CALL_READ || event->args[2] != 0;
}

/* Nobody asked what became of a connect() that was under way: the socket's state shows it. */
static void settle_connect(struct held_socket held, const struct attach_socket *socket)
{
	bool was_connected = socket->state != KERNEL_CLOSE && socket->state != KERNEL_SYN_SENT;

	socket_set_role(held, was_connected ? ROLE_CONNECTED : ROLE_CONNECT_FAILED);
}

/* Of the reads that follow come the second, the fourth, the eighth... */
static void eof_read_again(struct attached_process *process, struct held_socket held,
			   const struct attach_event *event)
{
	uint32_t stack = attached_stack(process, event);

	__atomic_store_n(&held.row->reread_stack, stack, __ATOMIC_RELAXED);
	socket_note_use(process->ledger, held, USE_READ, stack, event->ns);
}

static void eof_read(struct attached_process *process, struct held_socket held,
		     const struct attach_event *event)
{
	struct recorded_socket *row = held.row;

	/* The program's own shutdown(SHUT_RD) reads as zero too; one from a listener is none. */
	if ((row->shutdown_how & SHUTDOWN_READ) || row->role == ROLE_LISTENER)
		return;
	if (row->role == ROLE_CONNECTING)
		settle_connect(held, &event->socket);
	row->eof_reads = event->eof_reads > row->eof_reads ? event->eof_reads : row->eof_reads + 1;
	if (!socket_claim(held, LIFE_EOF)) {
		eof_read_again(process, held, event);
		return;
	}
	socket_note_eof(process->ledger, held, attached_stack(process, event), event->ns);
	attached_next_expect(process, event, held);
}

static void failed(struct attached_process *process, struct held_socket held,
		   const struct attach_event *event, bool sending)
{
	struct recorded_socket *row = held.row;
	int error = (int)-event->result;
	uint32_t stack = 0;

	/* EPIPE after one's own shutdown(SHUT_WR) shows nothing of the peer. */
	if (error == EPIPE && (row->shutdown_how & SHUTDOWN_WRITE))
		return;
	if (row->life & (LIFE_EOF | LIFE_SHUTDOWN)) {
		stack = attached_stack(process, event);
		socket_note_use(process->ledger, held, sending ? USE_WRITE_FAILED : USE_READ, stack,
				event->ns);
	}
	if (row->role == ROLE_CONNECTING && (error == ECONNRESET || error == EPIPE))
		socket_set_role(held, ROLE_CONNECTED);
	if (!socket_claim(held, LIFE_ERROR))
		return;
	if (row->role == ROLE_CONNECTING) {
		socket_set_role(held, ROLE_CONNECT_FAILED);
		socket_note_error(process->ledger, held, error, 0, event->ns);
		return;
	}
	row->error_call = sending ? ERROR_CALL_WRITE : ERROR_CALL_READ;
	socket_note_error(process->ledger, held, error,
			  stack ? stack : attached_stack(process, event), event->ns);
	attached_next_expect(process, event, held);
}

static void note_end(struct attached_process *process, const struct attach_event *event,
		     bool sending)
{
	struct held_socket held = attached_socket(process, event->fd, &event->socket, event->ns);

	if (!socket_is_held(held))
		return;
	if (event->result < 0)
		failed(process, held, event, sending);
	else
		eof_read(process, held, event);
	socket_release(process->ledger, held);
}

void attached_read(struct attached_process *process, const struct attach_event *event)
{
	if (event->result < 0 || asked_for_bytes(event))
		note_end(process, event, false);
}

void attached_written(struct attached_process *process, const struct attach_event *event)
{
	if (event->result < 0)
		note_end(process, event, true);
}
