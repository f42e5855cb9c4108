/* SPDX-License-Identifier: MIT */
#include "analyzer/report/lines_of_kernel.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/report/line.h"

#define SHOWN 4

char *line_of_unread_bytes(const struct report_leak *leak)
{
	int64_t least, most;
	size_t i;

	if (leak->reason != REASON_DATA_UNREAD || !leak->socket_count)
		return NULL;
	least = most = leak->sockets[0].receive_queue;
	for (i = 1; i < leak->socket_count; i++) {
		int64_t queue = leak->sockets[i].receive_queue;

		least = queue < least ? queue : least;
		most = queue > most ? queue : most;
	}
	/* The FIN counts one. */
	if (least <= 1)
		return NULL;
	if (most == least)
		return allocate_printed("Unread before the EOF: %lld byte%s.", (long long)least - 1,
					plural((uint64_t)least - 1));
	return allocate_printed("Unread before the EOF: %lld to %lld bytes.", (long long)least - 1,
				(long long)most - 1);
}

/* Once a ONESHOT has been reported, flags are all that is left of what was asked for. */
static void print_events(FILE *out, const char *events)
{
	bool flags_alone = strncmp(events, "ET", 2) == 0 || strncmp(events, "ONESHOT", 7) == 0;

	if (strcmp(events, "nothing") == 0)
		fputs("no events", out);
	else
		fprintf(out, flags_alone ? "no events (%s)" : "%s", events);
}

char *line_of_interests(const struct report_leak *leak)
{
	const struct report_socket *socket = leak->sockets;
	struct line line;
	FILE *out = line_begin(&line);
	size_t i;

	for (i = 0; leak->socket_count && i < socket->interest_count && i < SHOWN; i++) {
		fprintf(out, "%sdescriptor %d of pid %d watches it for ",
			i ? ", " : "epoll: ", socket->interests[i].epoll, socket->interests[i].pid);
		print_events(out, socket->interests[i].events);
	}
	if (i)
		fputc('.', out);
	return line_end(&line);
}

char *line_of_poller(const struct report_leak *leak)
{
	const struct report_poller *poller = leak->poller;

	if (!poller)
		return NULL;
	if (!poller->thread)
		return allocate_printed(
			"No thread of pid %d has ever polled epoll descriptor %d%s%s.", poller->pid,
			poller->epoll, poller->doing[0] ? ": its only thread " : "", poller->doing);
	return allocate_printed("Thread %d of pid %d has not polled epoll descriptor %d since the "
				"peer closed%s%s.",
				poller->thread, poller->pid, poller->epoll,
				poller->doing[0] ? ": it " : "", poller->doing);
}

char *line_of_listener(const struct report_leak *leak)
{
	const struct report_listener *listener = leak->listener;
	struct line line;
	FILE *out;

	if (leak->class != CLASS_NEVER_ACCEPTED || !listener)
		return NULL;
	out = line_begin(&line);
	fprintf(out, "Listener: %s", listener->address);
	if (listener->holder.pid >= 0)
		fprintf(out, ", descriptor %d of pid %d", listener->holder.fd,
			listener->holder.pid);
	fprintf(out, "; its queue holds %u of at most %u.", listener->queued,
		listener->queue_maximum);
	return line_end(&line);
}

char *line_of_last_accept(const struct report_leak *leak)
{
	const struct report_listener *listener = leak->listener;
	struct line line;
	FILE *out;

	if (leak->class != CLASS_NEVER_ACCEPTED || !listener || listener->last_accept_ms < 0)
		return NULL;
	out = line_begin(&line);
	fputs("The last accept() was ", out);
	print_duration(out, listener->last_accept_ms);
	fputs(" before the sample", out);
	if (listener->thread[0] && !leak->owner)
		fprintf(out, "; its thread %s", listener->thread);
	fputc('.', out);
	return line_end(&line);
}

/* What one process holds of a finding's sockets. */
struct share {
	const struct report_holder *first;
	size_t more; /* descriptors beyond that one */
};

/* Returns false where there is no room for another process. */
static bool add_share(struct share *shares, size_t *count, const struct report_holder *holder)
{
	size_t i;

	for (i = 0; i < *count; i++) {
		if (shares[i].first->pid != holder->pid)
			continue;
		shares[i].more += shares[i].first->fd != holder->fd;
		return true;
	}
	if (*count == SHOWN)
		return false;
	shares[(*count)++] = (struct share){ .first = holder };
	return true;
}

static void print_share(FILE *out, const struct share *share)
{
	fprintf(out, "pid %d (descriptor", share->first->pid);
	if (share->first->fd >= 0)
		fprintf(out, " %d", share->first->fd);
	else
		fputs(" unknown", out);
	if (share->more)
		fprintf(out, " and %zu other%s", share->more, plural(share->more));
	if (share->first->command)
		fprintf(out, ", %s", share->first->command);
	fputc(')', out);
}

/* Sockets of one finding were often read by as many children: the first stands for all. */
char *line_of_finishers(const struct report_leak *leak)
{
	const struct report_socket *first = leak->socket_count ? &leak->sockets[0] : NULL;
	bool others = false;
	size_t i;

	if (!first || !first->finisher)
		return NULL;
	for (i = 1; i < leak->socket_count; i++)
		others |= leak->sockets[i].finisher != first->finisher;
	return allocate_printed("%s by pid %d%s.", first->finisher_read ? "EOF was read" : "Closed",
				first->finisher, others ? " and other processes" : "");
}

char *line_of_holders(const struct report_leak *leak)
{
	size_t least = leak->class == CLASS_HELD_ELSEWHERE ? 1 : 2, count = 0, i, j;
	struct share shares[SHOWN];
	bool others = false;
	struct line line;
	FILE *out = line_begin(&line);

	for (i = 0; i < leak->socket_count; i++) {
		const struct report_socket *socket = &leak->sockets[i];

		for (j = 0; socket->holder_count >= least && j < socket->holder_count; j++)
			others |= !add_share(shares, &count, &socket->holders[j]);
	}
	for (i = 0; i < count; i++) {
		fputs(i ? ", " : "Held by ", out);
		print_share(out, &shares[i]);
	}
	if (count)
		fputs(others ? " and other processes." : ".", out);
	return line_end(&line);
}
