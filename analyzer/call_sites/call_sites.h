/* SPDX-License-Identifier: MIT */
/*
 * Groups leaks by what happened and where: class, deciding stack, opened stack and listener. In an
 * event loop the deciding stack alone is the same for everything; leaks are then
 * separated by the function that handles the connections.
 */
#ifndef FINLEAK_CALL_SITES_H
#define FINLEAK_CALL_SITES_H

#include "analyzer/base/number_map.h"
#include "analyzer/call_sites/backtraces.h"
#include "analyzer/call_sites/listeners.h"
#include "analyzer/call_sites/siblings.h"
#include "analyzer/call_sites/site_choice.h"
#include "analyzer/rules/judge.h"

#define CALL_SITE_ID_SIZE 17

/* One finding. */
struct call_site {
	struct call_site_key {
		uint32_t class;
		uint32_t reason;
		uint32_t verdict;
		uint32_t deciding; /* enum stack_kind */
		struct backtrace *decided;
		struct backtrace *opened; /* NULL too where an event loop accepted */
		uint64_t listener;        /* its place in its process, listeners_ordinal() */
		/* Of what no recorded call opened: its process; and its local port if it was
		 * accepted, else its peer. Else zeros. */
		uint64_t pid;
		struct recorded_address place;
		uint64_t handler; /* of the site, where neither of the stacks has it; else 0 */
	} key;
	bool own_decides; /* a loop reads in several ways: own frames of KEY's stacks identify it */
	char id[CALL_SITE_ID_SIZE];            /* 16 hexadecimal digits; see call_site_ids.h */
	size_t rank;                           /* in the order of what ids are made of */
	char (*joined_ids)[CALL_SITE_ID_SIZE]; /* of those that were joined to it since */
	size_t joined_count;
	struct site_choice choice; /* of the first of them */
	const struct leak **leaks;
	size_t leak_count;
	size_t vague_count; /* of these, at the end: whose own stacks show less of the site */
	uint64_t count;     /* sockets */
	enum connection_side side;
	struct siblings *siblings; /* NULL: nothing known of them */
	UT_hash_handle hh;
};

struct call_sites {
	struct call_site *sites; /* in uthash order: as found */

	struct site_chooser *chooser;

	/* Private. */
	struct sibling_groups *siblings;
	struct listeners *listeners;
	struct number_map ways; /* by stacks */
};

/* What names code, and what of it is the program's own. */
struct code_naming {
	struct backtraces *backtraces;
	struct symbolizer *symbolizer;
	const struct own_globs *globs;
};

/* What is returned refers to all arguments but NAMING itself; end with call_sites_free. */
struct call_sites *call_sites_group(const struct recordings *recordings,
				    const struct sockets *sockets, const struct leaks *leaks,
				    const struct judge_options *options,
				    const struct code_naming *naming);
void call_sites_free(struct call_sites *sites);

#endif
