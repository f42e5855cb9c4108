/* SPDX-License-Identifier: MIT */
/*
 * The label: what the program is about at the moment, for tests to be named by. Signal-safe, any
 * thread; LEDGER has a recording.
 */
#ifndef FINLEAK_LABEL_H
#define FINLEAK_LABEL_H

#include <stdbool.h>
#include "preload/ledger/ledger.h"

/*
 * From here on sockets open, and end, under TEXT, of which RECORDED_LABEL_MAX - 1 bytes are kept
 * ("": under none). False: there is no room for it, and they do so under none.
 */
bool label_set(struct ledger *ledger, const char *text);

/* As in struct recorded_socket. */
static inline uint32_t label_now(const struct ledger *ledger)
{
	return __atomic_load_n(&ledger->label, __ATOMIC_RELAXED);
}

#endif
