/* SPDX-License-Identifier: MIT */
#include "analyzer/report/socket_words.h"

#include <time.h>

#include "analyzer/base/clock.h"
#include "analyzer/base/duration.h"
#include "analyzer/report/line.h"
#include "analyzer/report/report_socket.h"

void socket_time(char *text, int64_t realtime_ns)
{
	time_t seconds = (time_t)(realtime_ns / (int64_t)NS_PER_S);
	int ms = (int)(realtime_ns % (int64_t)NS_PER_S / (int64_t)NS_PER_MS);
	char day_and_time[SOCKET_TIME_SIZE];
	struct tm parts;

	text[0] = '\0';
	if (realtime_ns <= 0 || !gmtime_r(&seconds, &parts) ||
	    !strftime(day_and_time, sizeof(day_and_time), "%Y-%m-%dT%H:%M:%S", &parts))
		return;
	snprintf(text, SOCKET_TIME_SIZE, "%.24s.%03dZ", day_and_time, ms);
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
