/* SPDX-License-Identifier: MIT */
/*
 * What became of the sockets that each stack of one recording opened, or found finished: how many
 * were closed, and since when the others have been open. This shows what a program does in normal
 * operation, which decides over sockets that were about to be closed when it ended.
 */
#ifndef FINLEAK_PLACES_H
#define FINLEAK_PLACES_H

#include "analyzer/recordings/process.h"
#include "preload/recording/decision.h"

enum place_kind {
	PLACE_OPENED,
	PLACE_FINISHED,
	PLACE_KINDS,
};

struct place {
	uint64_t closed;
	const uint64_t *open_ns; /* when each that is open was opened, or finished; ascending */
	size_t open_count;
};

struct places;

/* What finished the socket of ROW, which PROCESS has open now, or had at its end. */
struct decision place_decision(const struct recorded_socket *row, const struct process *process);

/* Those of PROCESS, which must live as long. End with places_free, which takes NULL. */
struct places *places_of(const struct process *process);
void places_free(struct places *places);

/* The place of STACK; all zero where PLACES (may be NULL) has none, or STACK is 0. */
struct place places_find(struct places *places, enum place_kind kind, uint32_t stack);

/* Were ten times as many closed as are open? Then closing is what the program does. */
bool place_usually_closes(const struct place *place);

/* How many of those that are open were opened, or finished, at NS or before. */
size_t place_open_until(const struct place *place, uint64_t ns);

#endif
