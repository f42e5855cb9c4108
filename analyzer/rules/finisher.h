/* SPDX-License-Identifier: MIT */
/* Which other process was finished with a socket that its holder still has. */
#ifndef FINLEAK_FINISHER_H
#define FINLEAK_FINISHER_H

#include "analyzer/rules/evidence.h"

/* Did the process of HOLDING itself read the EOF of its row (not its parent before the fork)? */
bool holding_read_eof(const struct holding *holding);

/*
 * Among the other processes that closed the socket of LIFE, or ended with it open after reading
 * its EOF, the strongest evidence against HOLDER. In this order: who read the EOF before who did
 * not; who gave HOLDER the socket before who did not; who closed it before who only ended; the
 * first in time. GIVERS_ONLY: consider only those that HOLDER got the socket from.
 */
struct finisher finisher_find(const struct socket_life *life, const struct holding *holder,
			      bool givers_only);

/*
 * Is HOLDER a child that was forked for a task of its own (such as a snapshot of redis) and holds
 * what its parent, FINISHER, closes meanwhile? Then it has ended by itself, and the parent's end
 * is *LATER_NS after that (UINT64_MAX: the parent still runs).
 */
bool holds_for_a_task(const struct holding *holder, const struct finisher *finisher,
		      uint64_t *later_ns);

#endif
