/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_text_kernel.h"

#include "analyzer/render/text_output.h"
#include "analyzer/base/utf8.h"

#define SHOWN 4

void text_unread(FILE *out, const struct report_leak *leak)
{
	int64_t least, most;
	size_t i;

	if (leak->reason != REASON_DATA_UNREAD || !leak->socket_count)
		return;
	least = most = leak->sockets[0].receive_queue;
	for (i = 1; i < leak->socket_count; i++) {
		int64_t queue = leak->sockets[i].receive_queue;

		least = queue < least ? queue : least;
		most = queue > most ? queue : most;
	}
	/* The FIN counts one. */
	if (least <= 1)
		return;
	fprintf(out, "  Unread before the end: %lld", (long long)least - 1);
	if (most != least)
		fprintf(out, " to %lld", (long long)most - 1);
	fputs(" bytes.\n", out);
}

void text_interests(FILE *out, const struct report_leak *leak)
{
	const struct report_socket *socket = leak->sockets;
	size_t i;

	for (i = 0; leak->socket_count && i < socket->interest_count && i < SHOWN; i++)
		fprintf(out, "%sdescriptor %d of pid %d waits for %s",
			i ? ", " : "  epoll: ", socket->interests[i].epoll,
			socket->interests[i].pid, socket->interests[i].events);
	if (i)
		fputs(".\n", out);
}

void text_listener(FILE *out, const struct report_leak *leak)
{
	const struct report_listener *listener = leak->listener;

	if (leak->class != CLASS_NEVER_ACCEPTED || !listener)
		return;
	fprintf(out, "  Listener: %s", listener->address);
	if (listener->holder.pid >= 0)
		fprintf(out, ", descriptor %d of pid %d", listener->holder.fd,
			listener->holder.pid);
	fprintf(out, "; its queue holds %u of at most %u.\n", listener->queued,
		listener->queue_maximum);
	if (listener->last_accept_ms >= 0) {
		fputs("  The last accept was ", out);
		text_duration(out, listener->last_accept_ms);
		fputs(" before that was seen", out);
		if (listener->thread[0]) {
			fputs("; its thread ", out);
			utf8_print_escaped(out, listener->thread);
		}
		fputs(".\n", out);
	}
}

static void print_holder(FILE *out, const struct report_holder *holder)
{
	fprintf(out, "pid %d (descriptor %d", holder->pid, holder->fd);
	if (holder->command) {
		fputs(", ", out);
		utf8_print_escaped(out, holder->command);
	}
	fputc(')', out);
}

void text_holders(FILE *out, const struct report_leak *leak)
{
	const struct report_socket *socket = leak->sockets;
	size_t least = leak->class == CLASS_HELD_ELSEWHERE ? 1 : 2, i;

	while (socket < leak->sockets + leak->socket_count && socket->holder_count < least)
		socket++;
	if (socket == leak->sockets + leak->socket_count)
		return;
	for (i = 0; i < socket->holder_count && i < SHOWN; i++) {
		fputs(i ? ", " : "  Held by ", out);
		print_holder(out, &socket->holders[i]);
	}
	if (i < socket->holder_count)
		fprintf(out, " and %zu more", socket->holder_count - i);
	fputs(".\n", out);
}
