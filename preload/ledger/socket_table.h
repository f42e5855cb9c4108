/* SPDX-License-Identifier: MIT */
/*
 * The table of open sockets. A row is taken when a socket is opened, lives while descriptors refer
 * to it, and is folded into the totals when the last one is closed: that keeps a recording as
 * small as its peak of open sockets (P1).
 *
 * Whoever works on a row holds it. A row counts its references: each descriptor is one, and so is
 * each hold. A hold starts only from a descriptor that refers to the row (or from another hold),
 * so the count is never raised from zero. With the last reference the socket is folded and the row
 * becomes free. Only the holder of that reference does this, so all stores of earlier holders are
 * in the fold. An entry of the descriptor table is read again after its row has been acquired: if
 * it was closed in between, and another socket has taken the row, the entry has changed.
 *
 * All functions are signal-safe, for any thread; LEDGER has a recording, unless they say
 * otherwise.
 */
#ifndef FINLEAK_SOCKET_TABLE_H
#define FINLEAK_SOCKET_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/ledger/descriptor_table.h"
#include "preload/ledger/socket_rows.h"
#include "preload/recording/recording.h"

/*
 * A row that stays this socket's until socket_release(). By value; whoever is given one releases
 * it, once. Nothing is stored in the row after that.
 */
struct held_socket {
	struct recorded_socket *row; /* NULL: none is held */
	uint32_t index;
	bool unverified; /* the descriptor that led to it is: see struct descriptor_entry */
};

static inline bool socket_is_held(struct held_socket held)
{
	return held.row != NULL;
}

struct new_socket {
	enum recorded_kind kind;
	enum recorded_source source;
	uint64_t cookie;
	int fd;
	uint64_t opened_ns;
};

/*
 * Takes a row for FRESH that nobody sees yet, to be filled and then published or released. None
 * where there is no room (counted as lost).
 */
struct held_socket socket_take(struct ledger *ledger, const struct new_socket *fresh);

/*
 * Makes the row that was filled visible, as FD's, and counts it as opened. Ends the hold. What FD
 * was before ended unseen.
 */
void socket_publish(struct ledger *ledger, struct held_socket held, int fd);

/* Holds the row that FD refers to; none where it is not tracked, or LEDGER has no recording. */
struct held_socket socket_acquire(struct ledger *ledger, int fd);

/*
 * Holds the open row of the socket with this cookie, or none. Reads every row: for descriptors that
 * nobody saw being made, of which there are few.
 */
struct held_socket socket_find(struct ledger *ledger, uint64_t cookie);

/* Ends a hold; none is fine. */
void socket_release(struct ledger *ledger, struct held_socket held);

/*
 * Claims the first occurrence of BIT (LIFE_EOF, LIFE_ERROR, LIFE_SHUTDOWN) for the caller: true
 * for one caller only, who then stores stack, details and, last, the time.
 */
bool socket_claim(struct held_socket held, enum recorded_life bit);

/* Takes the claim back: a second try of connect() succeeded. */
void socket_unclaim(struct held_socket held, enum recorded_life bit);

/* The claimer of LIFE_EOF: the end was read at STACK, NOW (ns). Counts it. */
void socket_note_eof(struct ledger *ledger, struct held_socket held, uint32_t stack, uint64_t now);

/* The claimer of LIFE_ERROR: ERROR (errno) came at STACK, NOW (ns). */
void socket_note_error(struct ledger *ledger, struct held_socket held, int error, uint32_t stack,
		       uint64_t now);

/* The claimer of LIFE_SHUTDOWN: shutdown() was called at STACK, NOW (ns). */
void socket_note_shutdown(struct ledger *ledger, struct held_socket held, uint32_t stack,
			  uint64_t now);

/* The program did USE with the socket at STACK, NOW (ns). */
void socket_note_use(struct ledger *ledger, struct held_socket held, enum recorded_use use,
		     uint32_t stack, uint64_t now);

/* How a thread came to use a socket. */
enum socket_touch {
	TOUCH_READ,
	TOUCH_WRITE,
	TOUCH_WATCH,
};

/* The thread THREAD moved bytes, or asked epoll about the socket, at STACK, NOW (ns). */
void socket_note_touch(struct held_socket held, enum socket_touch touch, uint32_t stack,
		       int32_t thread, uint64_t now);

/* What came next after its end: NEXT on descriptor FD at STACK (0: none), NOW (ns). */
void socket_note_next(struct held_socket held, enum recorded_next next, int fd, uint32_t stack,
		      uint64_t now);

/* Holds row INDEX if it still is the open socket COOKIE; else none. */
struct held_socket socket_acquire_row(struct ledger *ledger, uint32_t index, uint64_t cookie);

/* Stores the role. */
void socket_set_role(struct held_socket held, enum recorded_role role);

/* connect() was called once more: takes back an earlier failure, and sets ROLE. */
void socket_connect_again(struct held_socket held, enum recorded_role role);

/*
 * Another descriptor is about to refer to the socket, which so outlives a close in between. Ends in
 * socket_keep_promise() or socket_break_promise(). False: the socket has just been closed.
 */
bool socket_promise_descriptor(struct held_socket held);

/* FD is that descriptor, made a duplicate at STACK (0: unknown). Ends the hold. */
void socket_keep_promise(struct ledger *ledger, struct held_socket held, int fd, uint32_t stack);

/*
 * The descriptor did not come about. Ends the hold. If all others were closed meanwhile, the socket
 * is closed where the last of them was.
 */
void socket_break_promise(struct ledger *ledger, struct held_socket held);

/*
 * FD is about to be closed at STACK, NOW (ns). With its last descriptor a socket is folded into the
 * totals; otherwise the row keeps where that happened. False: FD was not tracked.
 */
bool socket_close(struct ledger *ledger, int fd, uint32_t stack, uint64_t now);

/* Likewise for an entry that descriptor_take() gave for FD. */
void socket_close_entry(struct ledger *ledger, int fd, struct descriptor_entry entry,
			uint32_t stack, uint64_t now);

/*
 * FD was found to be another socket than the table has, or none. Its end went unseen: counted, and
 * attributed to no call site. An entry that is unverified ended in the parent before the fork:
 * nothing is counted, and a row without another descriptor counts as never opened here.
 */
void socket_lose(struct ledger *ledger, int fd);

/*
 * What FD was is not this process' to count: forgotten, and a row without another descriptor counts
 * as never opened here.
 */
void socket_undo(struct ledger *ledger, int fd);
void socket_lose_entry(struct ledger *ledger, struct descriptor_entry entry);

/* After this time (ns) a child was started: what was open then may be held by it. */
void socket_note_birth(struct ledger *ledger, uint64_t now);

/* From here on io_uring may hold any socket. Needs no recording. */
void socket_note_ring(struct ledger *ledger);

#endif
