/* SPDX-License-Identifier: MIT */
/*
 * Every row of a recording or an observation that is about a socket with a cookie. They are
 * gathered in a few large blocks before they are joined: a million sockets would need millions of
 * small ones.
 */
#ifndef FINLEAK_SOCKET_MENTIONS_H
#define FINLEAK_SOCKET_MENTIONS_H

#include "analyzer/recordings/recordings.h"
#include "analyzer/sockets/socket_life.h"

/* One row about the socket COOKIE of BOOT. */
struct mention {
	uint64_t cookie;
	uint32_t boot;
	uint32_t place; /* index into all holdings, then all departings, then all sightings */
};

struct mentions {
	struct mention *list; /* by name; of one name by place */
	size_t count;
};

/* Fills the private tables of SOCKETS (zeroed) from RECORDINGS. The caller frees the list. */
struct mentions mentions_gather(struct sockets *sockets, const struct recordings *recordings);

/* The first mention of the socket COOKIE; NULL none. */
const struct mention *mentions_find(const struct mentions *mentions, uint64_t cookie,
				    unsigned int boot);

static inline bool mention_same(const struct mention *a, const struct mention *b)
{
	return a->cookie == b->cookie && a->boot == b->boot;
}

#endif
