/* SPDX-License-Identifier: MIT */
/*
 * Groups leaks by what happened and where: class, deciding stack, opened stack and listener. In an
 * event loop the deciding stack alone is the same for everything.
 */
#ifndef FINLEAK_CALL_SITES_H
#define FINLEAK_CALL_SITES_H

#include "analyzer/call_sites/backtraces.h"
#include "analyzer/call_sites/listeners.h"
#include "analyzer/call_sites/siblings.h"
#include "analyzer/rules/judge.h"

/* One finding. */
struct call_site {
	struct call_site_key {
		uint32_t class;
		uint32_t reason;
		uint32_t verdict;
		uint32_t deciding; /* enum stack_kind */
		struct backtrace *decided;
		struct backtrace *opened;
		uint64_t listener; /* its place in its process, listeners_ordinal() */
		/* Of what no recorded call opened: its process; and its local port if it was
		 * accepted, else its peer. Else zeros. */
		uint64_t pid;
		struct recorded_address place;
	} key;
	const struct leak **leaks;
	size_t leak_count;
	uint64_t count; /* sockets */
	enum connection_side side;
	struct siblings *siblings; /* NULL: nothing known of them */
	UT_hash_handle hh;
};

struct call_sites {
	struct call_site *sites; /* in uthash order: as found */

	/* Private. */
	struct sibling_groups *siblings;
	struct listeners *listeners;
};

/* What is returned refers to all arguments; end with call_sites_free. */
struct call_sites *call_sites_group(const struct recordings *recordings,
				    const struct sockets *sockets, const struct leaks *leaks,
				    const struct judge_options *options,
				    struct backtraces *backtraces);
void call_sites_free(struct call_sites *sites);

/* The program whose code decides LEAK; "" unknown. */
const char *leak_executable(const struct leak *leak);

#endif
