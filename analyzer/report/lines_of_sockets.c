/* SPDX-License-Identifier: MIT */
#include "analyzer/report/lines_of_sockets.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/duration.h"
#include "analyzer/report/line.h"

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

static char *held_range(const struct report_leak *leak)
{
	char *least = duration_text(leak->held_min_ms), *most = duration_text(leak->held_max_ms);
	char *median = duration_text(leak->held_median_ms), *line;

	if (leak->socket_count > 1 && is_range(leak->held_min_ms, leak->held_max_ms))
		line = allocate_printed("Held for %s to %s (median %s).", least, most, median);
	else
		line = allocate_printed("Held for %s.", most);
	free(least);
	free(most);
	free(median);
	return line;
}

char *line_of_ages(const struct report_leak *leak)
{
	char *most = duration_text(leak->held_max_ms), *line = NULL;

	if (leak->class == CLASS_LATE_CLOSE && leak->reason == REASON_NONE)
		line = allocate_printed("Closed late, after up to %s.", most);
	else if (leak->reason == REASON_CLOSED_AT_EXIT)
		line = allocate_printed("Held for up to %s, until the program exited.", most);
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
	const char *address;
	size_t length; /* of it that is printed, bytes: a host is its address without the port */
	size_t count;
	UT_hash_handle hh;
};

static int most_first(const struct address_group *a, const struct address_group *b)
{
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->address, b->address);
}

static size_t length_of_host(const char *address)
{
	const char *colon = strrchr(address, ':');

	return colon ? (size_t)(colon - address) : strlen(address);
}

static void free_groups(struct address_group *groups)
{
	struct address_group *group, *next;

	HASH_ITER(hh, groups, group, next) {
		HASH_DEL(groups, group);
		free(group);
	}
}

static bool is_in(const struct address_group *group, const char *address, size_t length)
{
	return group->length == length && memcmp(group->address, address, length) == 0;
}

/*
 * Groups ADDRESSES by what they are; HOSTS: by what stands before the port. Of the groups that come
 * to be more than MOST, no use is made: NULL.
 */
static struct address_group *group_addresses(const char *const *addresses, size_t count, bool hosts,
					     size_t most)
{
	struct address_group *groups = NULL, *group = NULL;
	size_t i;

	for (i = 0; i < count; i++) {
		const char *address = addresses[i];
		size_t length = hosts ? length_of_host(address) : strlen(address);

		/* One follows the other in large numbers. */
		if (!group || !is_in(group, address, length))
			HASH_FIND(hh, groups, address, length, group);
		if (!group) {
			if (HASH_COUNT(groups) == most) {
				free_groups(groups);
				return NULL;
			}
			group = allocate_zeroed(1, sizeof(*group));
			group->address = address;
			group->length = length;
			HASH_ADD_KEYPTR(hh, groups, group->address, group->length, group);
		}
		group->count++;
	}
	return groups;
}

/* "127.0.0.1:21011 (20)"; of many ports the hosts alone: "127.0.0.1 (20)". COUNTED: so. */
static void print_addresses(FILE *out, const char *const *addresses, size_t count, bool counted)
{
	struct address_group *groups = group_addresses(addresses, count, false, ADDRESSES_SHOWN);
	const struct address_group *group;
	size_t found, shown = 0;

	if (!groups)
		groups = group_addresses(addresses, count, true, SIZE_MAX);
	HASH_SORT(groups, most_first);
	found = HASH_COUNT(groups);
	for (group = groups; group && shown < ADDRESSES_SHOWN; group = group->hh.next) {
		fprintf(out, "%s%.*s", shown++ ? ", " : "", (int)group->length, group->address);
		if (group->count > 1 && (counted || found > 1))
			fprintf(out, " (%zu)", group->count);
	}
	if (shown < found)
		fprintf(out, " and %zu more", found - shown);
	fputc('.', out);
	free_groups(groups);
}

static const char *local_of(const struct report_socket *socket)
{
	return socket->local;
}

static const char *peer_of(const struct report_socket *socket)
{
	return socket->peer;
}

static char *addresses_of(const struct report_leak *leak, const char *title, bool counted,
			  const char *(*address_of)(const struct report_socket *socket))
{
	const char **addresses = allocate_zeroed(leak->socket_count + 1, sizeof(*addresses));
	struct line line;
	FILE *out = line_begin(&line);
	size_t count = 0, i;

	for (i = 0; i < leak->socket_count; i++)
		if (address_of(&leak->sockets[i])[0])
			addresses[count++] = address_of(&leak->sockets[i]);
	if (count) {
		fputs(title, out);
		print_addresses(out, addresses, count, counted);
	}
	free(addresses);
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
	if (!leak->read_unseen)
		return NULL;
	return allocate_text(
		"No recorded call read the EOF, but the kernel shows that it was consumed "
		"(CLOSE_WAIT, nothing left to read): by io_uring, inside a library, or together "
		"with the last data, after which nothing was read.");
}

/* What has left CLOSE_WAIT leaks a descriptor all the same. */
char *line_of_unlisted(const struct report_leak *leak)
{
	struct line line;
	FILE *out;

	if (!leak->out_of_sight || leak->class == CLASS_CONNECT_UNCLOSED)
		return NULL;
	out = line_begin(&line);
	if (leak->count == 1)
		fputs("It is", out);
	else if (leak->out_of_sight == leak->count && leak->count == 2)
		fputs("Both are", out);
	else if (leak->out_of_sight == leak->count)
		fprintf(out, "All %llu are", (unsigned long long)leak->count);
	else
		fprintf(out, "%llu of the %llu %s", (unsigned long long)leak->out_of_sight,
			(unsigned long long)leak->count, leak->out_of_sight == 1 ? "is" : "are");
	fputs(" in state CLOSED, which `ss` does not list.", out);
	return line_end(&line);
}
