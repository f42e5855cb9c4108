/* SPDX-License-Identifier: MIT */
/*
 * What came next: the first call that a thread makes on any tracked descriptor after a call
 * returned that a connection is finished. A loop that reads the end hands it to a handler, and what
 * the handler does first shows which one it was, and what it does in the place of a close. Kept
 * once for each socket, with its row. VISIT as in event_socket.h; signal-safe, any thread.
 */
#ifndef FINLEAK_NEXT_CALL_H
#define FINLEAK_NEXT_CALL_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/ledger/socket_table.h"
#include "preload/process/visit.h"
#include "preload/recording/recording.h"

/* The socket whose end this thread learned last, while nothing has come next. */
struct expected_next {
	uint64_t cookie; /* 0: none */
	uint32_t index;  /* of its row */
	uint8_t kept;    /* how many calls to epoll about it were, or waits for one descriptor: each
			    takes the place of the last, and so does what ends another connection */
	uint8_t waits;   /* for one descriptor or none, as often as one of them is followed */
};
extern __thread struct expected_next expected_next
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Does anything wait for this thread's next call? */
static inline bool next_call_is_expected(void)
{
	return __builtin_expect(expected_next.cookie != 0, false);
}

/* This thread has just learned that HELD is finished. */
void next_call_expect(const struct visit *visit, struct held_socket held);

/* This thread calls NEXT on FD, which is row INDEX, at STACK (0: it is taken here if needed). */
void next_call_note(const struct visit *visit, enum recorded_next next, int fd, uint32_t index,
		    uint32_t stack);

/*
 * This thread is about to wait for events of COUNT descriptors (0: it sleeps). For one alone: that
 * may be part of what it does about the end, so what ends another connection may follow. A loop
 * that waits so over and over has gone on to other things. Called where next_call_is_expected().
 */
void next_call_polled(unsigned long count);

#endif
