/* SPDX-License-Identifier: MIT */
/*
 * Totals of closed sockets: how many went each way (opened at, decided at, closed at), and how
 * long they were held in between. Signal-safe, any thread.
 */
#ifndef FINLEAK_TOTALS_H
#define FINLEAK_TOTALS_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/recording/decision.h"

/* Reserves the index. *Start-up only.* */
bool totals_start(void);

/* Folds a socket that DECISION finished and that is being closed at CLOSED_STACK, at NOW (ns). */
void totals_add(const struct recorded_socket *socket, const struct decision *decision,
		uint32_t closed_stack, uint64_t now);

/* Forgets all triples: a child's totals begin at zero. */
void totals_reset(void);

#endif
