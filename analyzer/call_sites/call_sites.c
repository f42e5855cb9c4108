/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/call_sites.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/fingerprint.h"
#include "analyzer/call_sites/leak_executable.h"
#include "analyzer/call_sites/next_call.h"

/*
 * All that decides which site a leak belongs to. A program leaks many sockets in few ways: what
 * was found out for the first of them holds for the others.
 */
struct known_way {
	/* Without padding, since it is compared by its bytes. */
	struct way {
		const struct stack_ref *stacks; /* shared by those that have the same */
		const char *executable;
		const struct standing_listener *listener;
		uint32_t class, reason, verdict, deciding;
		uint32_t side;
		uint16_t next_call, next_own;
	} way;
	struct call_site *site;
	struct known_way *next; /* with the same stacks */
};

/* Lines of one handler don't part findings, nor does the handler that the deciding stack shows. */
static uint64_t handler_of(const struct site_choice *choice, const struct leak *leak)
{
	uint64_t hash = FINGERPRINT_BASIS;

	if (!choice->is_handler || choice->stack == leak->deciding || !choice->frame->function)
		return 0;
	hash = fingerprint_text(hash, choice->frame->module);
	return fingerprint_text(hash, choice->frame->function);
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

/* The site of LEAK, whose stacks are read for that. */
static struct call_site *find_site(struct call_sites *sites, const struct leak *leak,
				   struct backtraces *backtraces)
{
	const struct stack_ref *decided = &leak->stacks[leak->deciding];
	const struct stack_ref *opened = &leak->stacks[STACK_OPENED];
	const struct site_choice choice = site_choose(sites->chooser, leak);
	struct call_site_key key;
	struct call_site *site;

	memset(&key, 0, sizeof(key));
	key.class = leak->class;
	key.reason = leak->reason;
	key.verdict = leak->verdict;
	key.deciding = leak->deciding;
	key.decided = backtraces_intern(backtraces, decided->recording, decided->id);
	key.opened = backtraces_intern(backtraces, opened->recording, opened->id);
	key.listener = listeners_ordinal(sites->listeners, leak);
	set_place(&key, leak);
	key.handler = handler_of(&choice, leak);
	/* Neither first connection nor the next one parts what was not closed between them. */
	if (choice.keeps && choice.stack == STACK_NEXT)
		key.opened = NULL;
	/* A loop accepts in several ways: the handler and the listener decide. */
	if ((key.handler || choice.dispatched) &&
	    listeners_side(sites->listeners, leak) == SIDE_ACCEPTED)
		key.opened = NULL;
	HASH_FIND(hh, sites->sites, &key, sizeof(key), site);
	if (site)
		return site;
	site = allocate_zeroed(1, sizeof(*site));
	site->key = key;
	site->choice = choice;
	site->own_decides = key.handler || choice.dispatched;
	site->side = listeners_side(sites->listeners, leak);
	site->siblings = siblings_of(sites->siblings, leak, backtraces);
	HASH_ADD(hh, sites->sites, key, sizeof(site->key), site);
	return site;
}

static struct way way_of(const struct call_sites *sites, const struct leak *leak)
{
	const struct next_call next = leak_next_call(leak);

	return (struct way){
		.stacks = leak->stacks,
		.executable = leak_executable(leak),
		.listener = listeners_find_of(sites->listeners, leak),
		.class = leak->class,
		.reason = leak->reason,
		.verdict = leak->verdict,
		.deciding = leak->deciding,
		.side = listeners_side(sites->listeners, leak),
		.next_call = (uint16_t)next.call,
		.next_own = next.own,
	};
}

static struct call_site *site_of(struct call_sites *sites, const struct leak *leak,
				 struct backtraces *backtraces)
{
	struct known_way *known, **list;
	struct way way;

	/* These have no stacks, but places of their own. */
	if (leak_is_by_kernel_alone(leak))
		return find_site(sites, leak, backtraces);
	way = way_of(sites, leak);
	list = (struct known_way **)number_map_at(&sites->ways, (uintptr_t)way.stacks);
	for (known = *list; known; known = known->next)
		if (memcmp(&known->way, &way, sizeof(way)) == 0)
			return known->site;
	known = allocate_zeroed(1, sizeof(*known));
	known->way = way;
	known->site = find_site(sites, leak, backtraces);
	known->next = *list;
	*list = known;
	return known->site;
}

static void add_leak(struct call_sites *sites, const struct leak *leak,
		     struct backtraces *backtraces)
{
	struct call_site *site = site_of(sites, leak, backtraces);
	const struct leak **next =
		allocate_next(&site->leaks, site->leak_count, sizeof(struct leak *));

	*next = leak;
	site->leak_count++;
	site->count += leak->count;
}

static void forget_ways(struct call_sites *sites)
{
	struct known_way *known, *next;
	size_t i;

	for (i = 0; i < sites->ways.room; i++)
		for (known = sites->ways.slots[i].value; known; known = next) {
			next = known->next;
			free(known);
		}
	number_map_clear(&sites->ways);
}

struct call_sites *call_sites_group(const struct recordings *recordings,
				    const struct sockets *sockets, const struct leaks *leaks,
				    const struct judge_options *options,
				    const struct code_naming *naming)
{
	struct call_sites *sites = allocate_zeroed(1, sizeof(*sites));
	size_t i;

	sites->listeners = listeners_find(recordings);
	sites->siblings = siblings_find(recordings, sockets, leaks, options, naming->backtraces);
	sites->chooser = site_chooser_new(recordings, naming->backtraces, naming->symbolizer,
					  naming->globs, sites->listeners);
	for (i = 0; i < leaks->count; i++)
		site_learn(sites->chooser, &leaks->list[i]);
	for (i = 0; i < leaks->count; i++)
		add_leak(sites, &leaks->list[i], naming->backtraces);
	/* Sites may be joined from now on. */
	forget_ways(sites);
	return sites;
}

void call_sites_free(struct call_sites *sites)
{
	struct call_site *site, *next_site;

	if (!sites)
		return;
	site_chooser_free(sites->chooser);
	listeners_free(sites->listeners);
	HASH_ITER(hh, sites->sites, site, next_site) {
		HASH_DEL(sites->sites, site);
		free(site->leaks);
		free(site->joined_ids);
		free(site);
	}
	siblings_free(sites->siblings);
	free(sites);
}
