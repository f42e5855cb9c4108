/* SPDX-License-Identifier: MIT */
/* Asks the kernel about those recorded processes that run still. */
#ifndef FINLEAK_OBSERVE_RUNNING_H
#define FINLEAK_OBSERVE_RUNNING_H

#include "analyzer/recordings/recordings.h"

/*
 * Looks twice at the running processes among RECORDINGS, APART_NS in between, and brings their
 * observations up to date. Without running ones it does nothing. True: it has looked, which took
 * its time; the recordings are better read again.
 */
bool observe_running(struct recordings *recordings, uint64_t apart_ns);

/*
 * recordings_read, with what the kernel shows of those that run. What came up while it looked is
 * there too.
 */
struct recordings *recordings_read_observed(char *const *paths, size_t count, char **except,
					    size_t except_count, uint64_t apart_ns);

#endif
