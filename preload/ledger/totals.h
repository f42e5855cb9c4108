/* SPDX-License-Identifier: MIT */
/*
 * Totals of closed sockets: how many went each way (opened at, decided at, closed at), and how
 * long they were held in between. Signal-safe, any thread; LEDGER has a recording.
 */
#ifndef FINLEAK_TOTALS_H
#define FINLEAK_TOTALS_H

#include <stdint.h>
#include "preload/recording/decision.h"

struct ledger;

/*
 * Folds a socket that DECISION finished and that is being closed at CLOSED_STACK, at NOW (ns).
 * Nobody else refers to its row.
 */
void totals_add(struct ledger *ledger, const struct recorded_socket *socket,
		const struct decision *decision, uint32_t closed_stack, uint64_t now);

#endif
