/* SPDX-License-Identifier: MIT */
/* The supply of rows of SECTION_SOCKETS. Signal-safe, any thread; LEDGER has a recording. */
#ifndef FINLEAK_SOCKET_ROWS_H
#define FINLEAK_SOCKET_ROWS_H

#include <stdint.h>
#include "preload/ledger/ledger.h"

/* Row INDEX, reserved; not held. */
static inline struct recorded_socket *socket_row(const struct ledger *ledger, uint32_t index)
{
	return (struct recorded_socket *)(void *)ledger_base(ledger, SECTION_SOCKETS) + index;
}

/*
 * Takes a free row or a new one: zeroed, of the next generation, with one reference, the caller's.
 * NO_ROW: there is none (counted as lost).
 */
uint32_t socket_rows_take(struct ledger *ledger);

/* Frees row INDEX, to which nothing refers. */
void socket_rows_give_back(struct ledger *ledger, uint32_t index);

#endif
