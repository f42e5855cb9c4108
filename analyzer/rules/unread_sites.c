/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/unread_sites.h"

#include <stdlib.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"

/* A place where sockets were opened, and whether one of them has its FIN unread. */
struct unread_site {
	/* Without padding, since it is compared by its bytes. */
	struct opened_at {
		const struct recording *recording;
		uint64_t stack;
	} opened;
	bool unread;
	UT_hash_handle hh;
};

struct unread_sites {
	struct unread_site *sites;
};

static struct unread_site *find(const struct unread_sites *sites, const struct stack_ref *opened)
{
	const struct opened_at key = { opened->recording, opened->id };
	struct unread_site *site;

	HASH_FIND(hh, sites->sites, &key, sizeof(key), site);
	return site;
}

static void add(struct unread_sites *sites, const struct stack_ref *opened, bool unread)
{
	struct unread_site *site = allocate_zeroed(1, sizeof(*site));

	site->opened = (struct opened_at){ opened->recording, opened->id };
	site->unread = unread;
	HASH_ADD(hh, sites->sites, opened, sizeof(site->opened), site);
}

static bool is_generated(const struct recording *recording, uint64_t pc, uint32_t seq)
{
	return !recorded_is_script(pc) && !recording_module_at(recording, pc ? pc - 1 : 0, seq);
}

/*
 * Code that was made at run time is another place each time: two stacks of one recording are the
 * same place where they agree up to the first such frame.
 */
static bool is_same_place(const struct opened_at *place, const struct stack_ref *opened)
{
	const struct recording *recording = opened->recording;
	size_t count, other_count, i;
	const uint64_t *pc, *other;
	uint32_t seq, other_seq;

	if (place->recording != recording || !recording)
		return false;
	pc = recording_stack(recording, opened->id, &count, &seq);
	other = recording_stack(recording, (uint32_t)place->stack, &other_count, &other_seq);
	for (i = 0; i < count && i < other_count; i++) {
		if (is_generated(recording, pc[i], seq) ||
		    is_generated(recording, other[i], other_seq))
			return i > 0;
		if (pc[i] != other[i])
			return false;
	}
	return count == other_count;
}

bool unread_sites_have(struct unread_sites *sites, const struct stack_ref *opened)
{
	struct unread_site *site = find(sites, opened);
	bool unread = false;

	if (site)
		return site->unread;
	for (site = sites->sites; site && !unread; site = site->hh.next)
		unread = site->unread && is_same_place(&site->opened, opened);
	add(sites, opened, unread);
	return unread;
}

struct unread_sites *unread_sites_of(const struct leaks *leaks)
{
	struct unread_sites *sites = allocate_zeroed(1, sizeof(*sites));
	size_t i;

	for (i = 0; i < leaks->count; i++) {
		const struct leak *leak = &leaks->list[i];

		/* Data before the FIN show that nothing was read so far. */
		if (leak->class == CLASS_FIN_UNREAD && leak->verdict == VERDICT_LEAK &&
		    leak->reason != REASON_DATA_UNREAD && !find(sites, &leak->stacks[STACK_OPENED]))
			add(sites, &leak->stacks[STACK_OPENED], true);
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
