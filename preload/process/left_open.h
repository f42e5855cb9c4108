/* SPDX-License-Identifier: MIT */
/* What the program has left open since a moment that it names: for tests that ask (finleak.h). */
#ifndef FINLEAK_LEFT_OPEN_H
#define FINLEAK_LEFT_OPEN_H

#include <stdint.h>
#include "preload/process/visit.h"

/*
 * How many sockets are finished (EOF read, failed, shut down, or the peer has closed), are open,
 * and were opened or finished at SINCE (ns) or later. Up to six system calls for each socket that
 * no event has finished; nothing is stored. Signal-safe, any thread.
 */
long left_open_since(const struct visit *visit, uint64_t since);

#endif
