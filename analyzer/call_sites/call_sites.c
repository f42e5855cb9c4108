/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/call_sites.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"

const char *leak_executable(const struct leak *leak)
{
	/* exec-child: the code that started the holder is not in the holder's executable. */
	if (leak->stacks[leak->deciding].recording)
		return leak->stacks[leak->deciding].recording->header.executable;
	if (leak_is_by_kernel_alone(leak))
		return leak->sighting->process->recording->header.executable;
	return leak->holder ? leak->holder->process->recording->header.executable : "";
}

static void set_place(struct call_site_key *key, const struct leak *leak)
{
	const struct observed_socket *socket;

	if (!leak_is_by_kernel_alone(leak))
		return;
	socket = leak->sighting->socket;
	key->pid = (uint64_t)leak->sighting->process->recording->header.pid;
	/* A connection that the process opened has a port of its own. */
	if (socket->origin == OBSERVED_UNRECORDED)
		memcpy(&key->place, &socket->peer, sizeof(key->place));
	else
		key->place.port = socket->local.port;
}

static void add_leak(struct call_sites *sites, const struct leak *leak,
		     struct backtraces *backtraces)
{
	const struct stack_ref *decided = &leak->stacks[leak->deciding];
	const struct stack_ref *opened = &leak->stacks[STACK_OPENED];
	struct call_site_key key;
	struct call_site *site;
	const struct leak **next;

	memset(&key, 0, sizeof(key));
	key.class = leak->class;
	key.reason = leak->reason;
	key.verdict = leak->verdict;
	key.deciding = leak->deciding;
	key.decided = backtraces_intern(backtraces, decided->recording, decided->id);
	key.opened = backtraces_intern(backtraces, opened->recording, opened->id);
	key.listener = listeners_ordinal(sites->listeners, leak);
	set_place(&key, leak);
	HASH_FIND(hh, sites->sites, &key, sizeof(key), site);
	if (!site) {
		site = allocate_zeroed(1, sizeof(*site));
		site->key = key;
		site->side = listeners_side(sites->listeners, leak);
		site->siblings = siblings_of(sites->siblings, leak, backtraces);
		HASH_ADD(hh, sites->sites, key, sizeof(site->key), site);
	}
	next = allocate_next(&site->leaks, site->leak_count, sizeof(struct leak *));
	*next = leak;
	site->leak_count++;
	site->count += leak->count;
}

struct call_sites *call_sites_group(const struct recordings *recordings,
				    const struct sockets *sockets, const struct leaks *leaks,
				    const struct judge_options *options,
				    struct backtraces *backtraces)
{
	struct call_sites *sites = allocate_zeroed(1, sizeof(*sites));
	size_t i;

	sites->listeners = listeners_find(recordings);
	sites->siblings = siblings_find(recordings, sockets, leaks, options, backtraces);
	for (i = 0; i < leaks->count; i++)
		add_leak(sites, &leaks->list[i], backtraces);
	return sites;
}

void call_sites_free(struct call_sites *sites)
{
	struct call_site *site, *next_site;

	if (!sites)
		return;
	listeners_free(sites->listeners);
	HASH_ITER(hh, sites->sites, site, next_site) {
		HASH_DEL(sites->sites, site);
		free(site->leaks);
		free(site);
	}
	siblings_free(sites->siblings);
	free(sites);
}
