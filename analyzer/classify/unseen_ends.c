/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/unseen_ends.h"

#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"

/* Where sockets were opened: without padding, since it is compared by its bytes. */
struct opened_at {
	const struct recording *recording;
	uint64_t stack;
};

/* Sockets opened at one stack of one recording, with an unread FIN. */
struct unread_site {
	struct opened_at opened;
	enum leak_reason reason;
	UT_hash_handle hh;
};

static struct opened_at opened_at(const struct leak *leak)
{
	const struct stack_ref *opened = &leak->stacks[STACK_OPENED];

	return (struct opened_at){ opened->recording, opened->id };
}

static struct unread_site *find(struct unread_site *sites, const struct leak *leak)
{
	const struct opened_at key = opened_at(leak);
	struct unread_site *site;

	HASH_FIND(hh, sites, &key, sizeof(key), site);
	return site;
}

void join_unseen_ends(struct leaks *leaks)
{
	struct unread_site *sites = NULL, *site, *next;
	size_t i;

	for (i = 0; i < leaks->count; i++) {
		const struct leak *leak = &leaks->list[i];

		/* Data before the FIN say that nobody has read so far. */
		if (leak->class != CLASS_FIN_UNREAD || leak->verdict != VERDICT_LEAK ||
		    leak->reason == REASON_DATA_UNREAD || find(sites, leak))
			continue;
		site = allocate_zeroed(1, sizeof(*site));
		site->opened = opened_at(leak);
		site->reason = leak->reason;
		HASH_ADD(hh, sites, opened, sizeof(site->opened), site);
	}
	for (i = 0; sites && i < leaks->count; i++) {
		struct leak *leak = &leaks->list[i];

		site = leak->read_unseen && leak->verdict == VERDICT_LEAK ? find(sites, leak)
									  : NULL;
		if (!site)
			continue;
		leak->class = CLASS_FIN_UNREAD;
		leak->reason = site->reason;
		leak->read_unseen = false;
	}
	HASH_ITER(hh, sites, site, next) {
		HASH_DEL(sites, site);
		free(site);
	}
}
