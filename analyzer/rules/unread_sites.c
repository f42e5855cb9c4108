/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/unread_sites.h"

#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"

struct unread_site {
	/* Without padding, since it is compared by its bytes. */
	struct opened_at {
		const struct recording *recording;
		uint64_t stack;
	} opened;
	UT_hash_handle hh;
};

struct unread_sites {
	struct unread_site *sites;
};

bool unread_sites_have(const struct unread_sites *sites, const struct stack_ref *opened)
{
	const struct opened_at key = { opened->recording, opened->id };
	struct unread_site *site;

	HASH_FIND(hh, sites->sites, &key, sizeof(key), site);
	return site;
}

static void add(struct unread_sites *sites, const struct stack_ref *opened)
{
	struct unread_site *site = allocate_zeroed(1, sizeof(*site));

	site->opened = (struct opened_at){ opened->recording, opened->id };
	HASH_ADD(hh, sites->sites, opened, sizeof(site->opened), site);
}

struct unread_sites *unread_sites_of(const struct leaks *leaks)
{
	struct unread_sites *sites = allocate_zeroed(1, sizeof(*sites));
	size_t i;

	for (i = 0; i < leaks->count; i++) {
		const struct leak *leak = &leaks->list[i];

		/* Data before the FIN say that nobody has read so far. */
		if (leak->class == CLASS_FIN_UNREAD && leak->verdict == VERDICT_LEAK &&
		    leak->reason != REASON_DATA_UNREAD &&
		    !unread_sites_have(sites, &leak->stacks[STACK_OPENED]))
			add(sites, &leak->stacks[STACK_OPENED]);
	}
	if (sites->sites)
		return sites;
	free(sites);
	return NULL;
}

void unread_sites_free(struct unread_sites *sites)
{
	struct unread_site *site, *next;

	if (!sites)
		return;
	HASH_ITER(hh, sites->sites, site, next) {
		HASH_DEL(sites->sites, site);
		free(site);
	}
	free(sites);
}
