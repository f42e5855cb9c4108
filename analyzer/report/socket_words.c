/* SPDX-License-Identifier: MIT */
#include "analyzer/report/socket_words.h"

#include <string.h>
#include <time.h>

#include "analyzer/base/clock.h"
#include "analyzer/base/duration.h"
#include "analyzer/report/line.h"
#include "analyzer/report/report_socket.h"

void socket_time(char *text, int64_t realtime_ns)
{
	/* The last one that was asked for: many sockets are opened in one second. */
	static char day_and_time[sizeof("2026-11-28T21:03:05")];
	static time_t known = -1;
	time_t seconds = (time_t)(realtime_ns / (int64_t)NS_PER_S);
	unsigned int ms = (unsigned int)(realtime_ns % (int64_t)NS_PER_S / (int64_t)NS_PER_MS);
	struct tm parts;
	char *end;

	text[0] = '\0';
	if (realtime_ns <= 0)
		return;
	/* Nanoseconds reach to the year 2262. */
	if (seconds != known && gmtime_r(&seconds, &parts))
		strftime(day_and_time, sizeof(day_and_time), "%Y-%m-%dT%H:%M:%S", &parts);
	known = seconds;
	end = stpcpy(text, day_and_time);
	*end++ = '.';
	*end++ = (char)('0' + ms / 100);
	*end++ = (char)('0' + ms / 10 % 10);
	*end++ = (char)('0' + ms % 10);
	strcpy(end, "Z");
}

char *socket_words(const struct report_socket *socket)
{
	char local[ADDRESS_TEXT_SIZE], peer[ADDRESS_TEXT_SIZE], opened[SOCKET_TIME_SIZE];
	struct line line;
	FILE *out = line_begin(&line);

	socket_time(opened, socket->opened_at_ns);
	report_print_address(local, sizeof(local), &socket->local);
	report_print_address(peer, sizeof(peer), &socket->peer);
	fprintf(out, "pid %d, descriptor ", socket->pid);
	if (socket->fd >= 0)
		fprintf(out, "%d", socket->fd);
	else
		fputs("unknown", out);
	fprintf(out, ": %s, peer %s", local[0] ? local : "?", peer[0] ? peer : "?");
	if (socket->tcp_state >= 0)
		fprintf(out, ", %s", report_state_name(socket->tcp_state));
	if (socket->held_ms >= 0) {
		fputs(", held for ", out);
		print_duration(out, socket->held_ms);
	}
	if (socket->receive_queue >= 0)
		fprintf(out, ", receive queue %lld", (long long)socket->receive_queue);
	if (opened[0])
		fprintf(out, ", opened %s", opened);
	if (socket->thread)
		fprintf(out, ", used by thread %d", socket->thread);
	fputc('.', out);
	return line_end(&line);
}
