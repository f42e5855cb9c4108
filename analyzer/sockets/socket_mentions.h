/* SPDX-License-Identifier: MIT */
/*
 * All that recordings and the kernel tell of sockets, gathered before it is joined: a few large
 * blocks, because a million sockets would be millions of small ones.
 */
#ifndef FINLEAK_SOCKET_MENTIONS_H
#define FINLEAK_SOCKET_MENTIONS_H

#include "analyzer/recordings/recordings.h"
#include "analyzer/sockets/socket_life.h"

/* Somebody tells of a socket that has a name. */
struct mention {
	uint64_t cookie;
	uint32_t boot;
	uint32_t place; /* of the gathered: first the holdings, then departings, then sightings */
};

struct mentions {
	struct mention *list; /* by name; of one name by place */
	size_t count;
};

/* Fills what SOCKETS (zeroed) has gathered from RECORDINGS. The caller frees the list. */
struct mentions mentions_gather(struct sockets *sockets, const struct recordings *recordings);

/* The first mention of the socket COOKIE; NULL none. */
const struct mention *mentions_find(const struct mentions *mentions, uint64_t cookie,
				    unsigned int boot);

static inline bool mention_same(const struct mention *a, const struct mention *b)
{
	return a->cookie == b->cookie && a->boot == b->boot;
}

#endif
