/* SPDX-License-Identifier: MIT */
/*
 * The rings of the recording: sockets that were closed here but matter after their close, and
 * children that were started. Signal-safe, any thread; LEDGER has a recording.
 */
#ifndef FINLEAK_DEPARTURES_H
#define FINLEAK_DEPARTURES_H

#include <stdint.h>
#include "preload/recording/decision.h"

struct ledger;

/* The close of a socket's last descriptor. */
struct last_close {
	int fd;
	uint32_t stack;
	uint32_t duplicate_stack; /* of the duplication that made FD; 0: none did, or unknown */
	uint64_t ns;
};

/*
 * ROW's socket, which DECISION finished, was closed by CLOSE, and that is worth keeping for FLAGS
 * (enum recorded_departure_flag). Nobody else refers to the row.
 */
void departure_note(struct ledger *ledger, const struct recorded_socket *row,
		    const struct decision *decision, uint32_t flags,
		    const struct last_close *close);

/* A child (PID; 0 unknown) was started at STACK, NOW (ns). */
void birth_note(struct ledger *ledger, enum recorded_birth_kind kind, int32_t pid, uint32_t stack,
		uint64_t now);

#endif
