/* SPDX-License-Identifier: MIT */
/*
 * The table of open sockets. A row is taken when a socket comes up, lives while descriptors refer
 * to it, and is folded into the totals when the last one is closed: that keeps a recording as
 * small as its peak of open sockets (P1). All functions are signal-safe, for any thread, within a
 * visit that has a recording.
 */
#ifndef FINLEAK_SOCKET_TABLE_H
#define FINLEAK_SOCKET_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/ledger/fd_table.h"
#include "preload/recording/recording.h"

/* Takes a zeroed row that nobody sees yet. NO_ROW: none left (counted as lost). */
uint32_t socket_take(void);

/* Row INDEX; valid for every index that the descriptor table gave. */
struct recorded_socket *socket_row(uint32_t index);

/*
 * The open row of the socket with this cookie, or NO_ROW. Looks at every row: for descriptors that
 * nobody saw being made, of which there are few.
 */
uint32_t socket_find(uint64_t cookie);

/* Makes a row filled by the taker visible, with one descriptor, and counts it as opened. */
void socket_publish(uint32_t index);

/*
 * Claims the first occurrence of BIT (LIFE_EOF, LIFE_ERROR, LIFE_SHUTDOWN) for the caller: true
 * for one caller only, who then stores stack, details and, last, the time.
 */
bool socket_claim(uint32_t index, enum recorded_life bit);

/* Takes the claim back: a second try of connect() succeeded. */
void socket_unclaim(uint32_t index, enum recorded_life bit);

/* The claimer of LIFE_EOF has stored its stack: NOW (ns) completes the event and counts it. */
void socket_ended(uint32_t index, uint64_t now);

/* One more descriptor refers to the row. */
void socket_hold(uint32_t index);

/*
 * One descriptor less. With the last one the socket is closed: folded into the totals under
 * CLOSED_STACK, and its row is free. NOW in ns. Otherwise the row keeps where that happened.
 */
void socket_close_one(uint32_t index, uint32_t closed_stack, int fd, uint64_t now);

/* Takes socket_hold() back: the descriptor did not come about. */
void socket_release(uint32_t index);

/*
 * One descriptor less, behind our back (it was found to be another socket, or none): counted as an
 * unseen end, told to no call site.
 */
void socket_lose_one(uint32_t index);

/* After this time (ns) a child was started: what was open then may be held by it. */
void socket_note_birth(uint64_t now);

/* From here on io_uring may hold any socket. Needs no recording. */
void socket_note_ring(void);

/* Takes over the rows and descriptors of the parent, from a copy made before the fork. */
void socket_table_inherit(const struct recorded_socket *rows, uint32_t row_count,
			  const uint64_t *descriptors, int descriptor_count);

/* Forgets which rows are free: the table of a child begins empty. */
void socket_table_reset(void);

#endif
