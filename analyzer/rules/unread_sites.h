/* SPDX-License-Identifier: MIT */
/*
 * The places that opened sockets whose FIN is unread. A FIN can come in one piece with the last
 * data: a read of these data consumes it, and the program does not learn of it. For the kernel the
 * EOF was read, while the program knows nothing of it. What became of other connections from the
 * same place distinguishes this from a read that was not recorded.
 */
#ifndef FINLEAK_UNREAD_SITES_H
#define FINLEAK_UNREAD_SITES_H

#include "analyzer/rules/leak.h"

struct unread_sites;

/* The opened stacks of those of LEAKS; NULL where there are none. End with unread_sites_free. */
struct unread_sites *unread_sites_of(const struct leaks *leaks);
void unread_sites_free(struct unread_sites *sites);

/* Remembers the answer, for the next one who asks. */
bool unread_sites_have(struct unread_sites *sites, const struct stack_ref *opened);

#endif
