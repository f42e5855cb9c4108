/* SPDX-License-Identifier: MIT */
/* What the events share: from a descriptor to its socket row. Within a visit, signal-safe. */
#ifndef FINLEAK_NOTES_SOCKET_H
#define FINLEAK_NOTES_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/ledger/fd_table.h"
#include "preload/recording/recording.h"

/*
 * The row of FD if it is tracked and still the same kernel socket; else adopts FD if it is a
 * socket of a kind that is tracked. NO_ROW: nothing to note, or a vfork child asks. Two system
 * calls for a tracked descriptor. A number that changed hands behind our back is given up here.
 */
uint32_t notes_row_of(int fd);

/*
 * Begins a row for FD, a socket of KIND known by COOKIE. Whatever FD was before has ended. Returns
 * a row for the caller to add to and to socket_publish(), then notes_bind(); or NO_ROW.
 */
uint32_t notes_new_row(int fd, uint8_t kind, uint64_t cookie, enum recorded_source source);

/*
 * Where the socket with this COOKIE is known by another number already, makes FD one more name of
 * it, made at STACK (0: unknown). False: it is not known.
 */
bool notes_join_known(int fd, uint64_t cookie, uint32_t stack);

/* FD is a new descriptor: what its number referred to ended without our seeing it. */
void notes_forget_stale(int fd);

/* Publishes the row under FD. */
void notes_publish(int fd, uint32_t row);

/*
 * Is ERROR the outcome of a connect() that is under way on row INDEX? Where it can only have ended
 * a connection that stood, of which the program never asked, the row's role is put right.
 */
bool notes_connecting(uint32_t index, int error);

#endif
