/* SPDX-License-Identifier: MIT */
/* Which sockets the recordings of a sample name: these are judged by their rows, whoever holds
 * them. */
#ifndef FINLEAK_RECORDED_COOKIES_H
#define FINLEAK_RECORDED_COOKIES_H

#include "analyzer/observer/observe_holders.h"

struct recorded_cookies {
	uint64_t *list; /* ascending */
	size_t count;
};

/* Collects them, open and closed, of COUNT PROCESSES. End with recorded_cookies_clear. */
struct recorded_cookies recorded_cookies_of(const struct observed_process *processes, size_t count);
void recorded_cookies_clear(struct recorded_cookies *cookies);

bool recorded_cookies_have(const struct recorded_cookies *cookies, uint64_t cookie);

#endif
