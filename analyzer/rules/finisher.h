/* SPDX-License-Identifier: MIT */
/* Which other process was finished with a socket that its holder still has. */
#ifndef FINLEAK_FINISHER_H
#define FINLEAK_FINISHER_H

#include "analyzer/rules/evidence.h"

/* Did the process of HOLDING itself read the EOF of its row (not its parent before the fork)? */
bool holding_read_eof(const struct holding *holding);

/*
 * Of all other processes that closed the socket of LIFE, or ended with it open after they had read
 * its end, the one that says most against HOLDER: who read the end goes before who did not, who
 * gave HOLDER the socket before who did not, who closed before who only ended, and then the first.
 * GIVERS_ONLY: only those count from whom HOLDER got the socket.
 */
struct finisher finisher_find(const struct socket_life *life, const struct holding *holder,
			      bool givers_only);

/*
 * Is HOLDER a child forked for a task of its own (a snapshot, as redis takes them), which holds
 * what its parent, FINISHER, closes meanwhile? It has ended by itself, and the parent's end is
 * *LATER_NS after that (UINT64_MAX: it still runs).
 */
bool holds_for_a_task(const struct holding *holder, const struct finisher *finisher,
		      uint64_t *later_ns);

#endif
