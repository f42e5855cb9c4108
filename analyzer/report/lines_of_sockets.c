/* SPDX-License-Identifier: MIT */
#include "analyzer/report/lines_of_sockets.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/report/line.h"
#include "analyzer/report/report_socket.h"

#define ADDRESSES_SHOWN   3
#define DESCRIPTORS_SHOWN 4

static char *duration_text(double ms)
{
	struct line line;

	print_duration(line_begin(&line), ms);
	return line_end(&line);
}

/* Times that are as good as one are no range. */
static bool is_range(double least_ms, double most_ms)
{
	return most_ms - least_ms > most_ms / 20;
}

/* " after EOF" */
static const char *since_words(const struct report_leak *leak)
{
	return leak->held_since ? leak->held_since : "";
}

static char *held_range(const struct report_leak *leak)
{
	char *least = duration_text(leak->held_min_ms), *most = duration_text(leak->held_max_ms);
	char *median = duration_text(leak->held_median_ms), *line;

	if (leak->socket_count > 1 && is_range(leak->held_min_ms, leak->held_max_ms))
		line = allocate_printed("Held for %s to %s%s (median %s).", least, most,
					since_words(leak), median);
	else
		line = allocate_printed("Held for %s%s.", most, since_words(leak));
	free(least);
	free(most);
	free(median);
	return line;
}

char *line_of_ages(const struct report_leak *leak)
{
	char *most = duration_text(leak->held_max_ms), *line = NULL;

	if (leak->class == CLASS_LATE_CLOSE && leak->reason == REASON_NONE)
		line = allocate_printed("Closed up to %s%s.", most, since_words(leak));
	else if (leak->reason == REASON_CLOSED_AT_EXIT)
		line = allocate_printed("Held for up to %s%s, until the program exited.", most,
					since_words(leak));
	else if (leak->socket_count)
		line = held_range(leak);
	free(most);
	return line;
}

char *line_of_silence(const struct report_leak *leak)
{
	char *least = duration_text(leak->held_min_ms), *most = duration_text(leak->held_max_ms);
	char *line = NULL;

	if (leak->held_max_ms >= 0 && leak->held_min_ms >= 0 &&
	    is_range(leak->held_min_ms, leak->held_max_ms))
		line = allocate_printed("Nothing received from the peer for %s to %s.", least,
					most);
	else if (leak->held_max_ms >= 0)
		line = allocate_printed("Nothing received from the peer for %s.", most);
	free(least);
	free(most);
	return line;
}

/* Sockets with the same address, or with ports of the same host. */
struct address_group {
	struct recorded_address key; /* compared by its bytes; of a host: without the port */
	size_t count;
	UT_hash_handle hh;
};

static int most_first(const struct address_group *a, const struct address_group *b)
{
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	if (a->key.family != b->key.family)
		return a->key.family == AF_INET ? -1 : 1;
	if (memcmp(a->key.ip, b->key.ip, sizeof(a->key.ip)) != 0)
		return memcmp(a->key.ip, b->key.ip, sizeof(a->key.ip));
	return a->key.port < b->key.port ? -1 : a->key.port > b->key.port;
}

typedef const struct recorded_address *address_of(const struct report_socket *socket);

/*
 * Groups the known addresses of LEAK's sockets. Returns how many groups there are; where they come
 * to be more than ADDRESSES_SHOWN, no use is made of them: SIZE_MAX.
 */
static size_t group_addresses(const struct report_leak *leak, address_of *which,
			      struct address_group groups[ADDRESSES_SHOWN])
{
	size_t count = 0, i, j;

	for (i = 0; i < leak->socket_count; i++) {
		const struct recorded_address *address = which(&leak->sockets[i]);

		if (!address->family)
			continue;
		for (j = 0; j < count; j++)
			if (memcmp(&groups[j].key, address, sizeof(*address)) == 0)
				break;
		if (j == ADDRESSES_SHOWN)
			return SIZE_MAX;
		if (j == count)
			groups[count++] = (struct address_group){ .key = *address };
		groups[j].count++;
	}
	return count;
}

/* The same of what stands before the port, however many there are: GROUPS has room for each socket.
 */
static size_t group_hosts(const struct report_leak *leak, address_of *which,
			  struct address_group *groups)
{
	struct address_group *known = NULL, *group;
	size_t count = 0, i;

	for (i = 0; i < leak->socket_count; i++) {
		struct recorded_address key = *which(&leak->sockets[i]);

		if (!key.family)
			continue;
		key.port = 0;
		HASH_FIND(hh, known, &key, sizeof(key), group);
		if (!group) {
			group = &groups[count++];
			*group = (struct address_group){ .key = key };
			HASH_ADD(hh, known, key, sizeof(group->key), group);
		}
		group->count++;
	}
	HASH_CLEAR(hh, known);
	return count;
}

/* Exchanges the first of the COUNT GROUPS with the one that is to be shown first of them. */
static void most_to_front(struct address_group *groups, size_t count)
{
	struct address_group first = groups[0];
	size_t most = 0, i;

	for (i = 1; i < count; i++)
		if (most_first(&groups[i], &groups[most]) < 0)
			most = i;
	groups[0] = groups[most];
	groups[most] = first;
}

static void print_group(FILE *out, const struct address_group *group, bool host)
{
	char text[ADDRESS_TEXT_SIZE];
	const char *port;

	report_print_address(text, sizeof(text), &group->key);
	port = host ? strrchr(text, ':') : NULL;
	fprintf(out, "%.*s", port ? (int)(port - text) : (int)sizeof(text), text);
}

/* "127.0.0.1:21011 (20)"; of many ports the hosts alone: "127.0.0.1 (20)". COUNTED: so. */
static void print_addresses(FILE *out, const struct report_leak *leak, address_of *which,
			    bool counted)
{
	struct address_group few[ADDRESSES_SHOWN], *many = NULL, *groups = few;
	size_t found = group_addresses(leak, which, few), shown;

	if (found == SIZE_MAX) {
		groups = many = allocate_zeroed(leak->socket_count, sizeof(*many));
		found = group_hosts(leak, which, many);
	}
	for (shown = 0; shown < found && shown < ADDRESSES_SHOWN; shown++) {
		most_to_front(&groups[shown], found - shown);
		fputs(shown ? ", " : "", out);
		print_group(out, &groups[shown], many);
		if (groups[shown].count > 1 && (counted || found > 1))
			fprintf(out, " (%zu)", groups[shown].count);
	}
	if (shown < found)
		fprintf(out, " and %zu more", found - shown);
	fputc('.', out);
	free(many);
}

static const struct recorded_address *local_of(const struct report_socket *socket)
{
	return &socket->local;
}

static const struct recorded_address *peer_of(const struct report_socket *socket)
{
	return &socket->peer;
}

static char *addresses_of(const struct report_leak *leak, const char *title, bool counted,
			  address_of *which)
{
	size_t known = 0;
	struct line line;
	FILE *out;

	while (known < leak->socket_count && !which(&leak->sockets[known])->family)
		known++;
	if (known == leak->socket_count)
		return NULL;
	out = line_begin(&line);
	fputs(title, out);
	print_addresses(out, leak, which, counted);
	return line_end(&line);
}

char *line_of_accepting_ends(const struct report_leak *leak)
{
	if (leak->side != SIDE_ACCEPTED || leak->class == CLASS_NEVER_ACCEPTED)
		return NULL;
	return addresses_of(leak, "Accepted on ", false, local_of);
}

char *line_of_peers(const struct report_leak *leak)
{
	return addresses_of(leak, leak->socket_count == 1 ? "Peer: " : "Peers: ", true, peer_of);
}

char *line_of_descriptors(const struct report_leak *leak)
{
	struct line line;
	FILE *out;
	size_t i;

	if (leak->class == CLASS_NEVER_ACCEPTED)
		return NULL;
	out = line_begin(&line);
	for (i = 0; i < leak->socket_count && i < DESCRIPTORS_SHOWN; i++)
		fprintf(out, "%s%d", i ? ", " : "Descriptors: ", leak->sockets[i].fd);
	if (i < leak->socket_count)
		fprintf(out, " and %zu more", leak->socket_count - i);
	if (i)
		fputc('.', out);
	return line_end(&line);
}

/* The kernel's word stands in place of an event. */
char *line_of_unseen_read(const struct report_leak *leak)
{
	if (!leak->read_unseen || leak->opened_before)
		return NULL;
	return allocate_printed(
		"No recorded call read the EOF, but the kernel shows that it was consumed "
		"(CLOSE_WAIT, nothing left to read): by %s, inside a library, or together "
		"with the last data, after which nothing was read.",
		leak->received ? "a process that had the socket before, by io_uring" : "io_uring");
}

/* Where is not known. */
char *line_of_opened_before(const struct report_leak *leak)
{
	if (!leak->opened_before)
		return NULL;
	return allocate_text(
		leak->count == 1 ? "It was open before finleak attached: where it was opened is "
				   "not known."
				 : "They were open before finleak attached: where they were "
				   "opened is not known.");
}

/* What has left CLOSE_WAIT leaks a descriptor all the same. */
char *line_of_unlisted(const struct report_leak *leak)
{
	struct line line;
	FILE *out;

	if (!leak->unlisted || leak->class == CLASS_CONNECT_UNCLOSED)
		return NULL;
	out = line_begin(&line);
	if (leak->count == 1)
		fputs("It is", out);
	else if (leak->unlisted == leak->count && leak->count == 2)
		fputs("Both are", out);
	else if (leak->unlisted == leak->count)
		fprintf(out, "All %llu are", (unsigned long long)leak->count);
	else
		fprintf(out, "%llu of the %llu %s", (unsigned long long)leak->unlisted,
			(unsigned long long)leak->count, leak->unlisted == 1 ? "is" : "are");
	fputs(" in state CLOSED, which `ss` does not list.", out);
	return line_end(&line);
}
