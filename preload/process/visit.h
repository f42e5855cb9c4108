/* SPDX-License-Identifier: MIT */
/*
 * A visit: one wrapper's stay in the recorder. Whoever has entered may use the ledger, which only a
 * visit leads to; whoever is refused forwards the call and returns. That one gate keeps
 *  - a signal handler that interrupted the recorder, libunwind's own calls, and any other wrapper
 *    inside a wrapper from entering twice (P9);
 *  - a forked child from writing into its parent's recording (P5);
 *  - whoever runs on another process' thread-local storage from touching it (P15);
 *  - a handler that leaves it by longjmp() from shutting its thread out indefinitely (P9);
 *  - errno as the real call left it (P8);
 *  - a cancelled thread from ending inside the recorder: socket() is no cancellation point, but
 *    libunwind reads and opens files, and would die there with its locks held (P8).
 */
#ifndef FINLEAK_VISIT_H
#define FINLEAK_VISIT_H

#include <stdbool.h>

struct ledger;

/* The proof of a visit. Filled in by visit_begin() alone, in the caller's frame. */
struct visit {
	struct ledger *ledger; /* of this process; without a recording until visit_recording() */
	int errno_at_entry;
	int cancel_state_at_entry;
};

/*
 * Begins a visit. False: the wrapper must not touch the recorder (not started, entered already,
 * given up). On true, visit_end() must follow. Signal-safe, any thread.
 */
bool visit_begin(struct visit *visit);

/* Ends the visit and puts errno and the cancellation state back. Signal-safe. */
void visit_end(const struct visit *visit);

/*
 * Is this a vfork child? It must not write: its descriptors are not those of the process whose
 * tables these are. No system call: vfork.S keeps the answer.
 */
bool visit_by_vfork_child(void);

/*
 * Is this any process that shares our memory under a pid of its own: a vfork child, or one made by
 * a bare clone(CLONE_VM)? Asked where a descriptor or the process ends, which is what such a child
 * does most. Such a child has a stack of its own; a system call answers where the visit is not on
 * the stack of the thread whose storage this is, or the program is known to make such children.
 */
bool visit_by_another_process(const struct visit *visit);

/* The program makes children that share its memory (clone(CLONE_VM) without CLONE_THREAD). */
void visit_expect_shared_memory(void);

/*
 * Is there a recording to write to? In a forked child that inherited no tracked socket the file is
 * made here, when the first socket comes up: by one thread, while others wait for it shortly, or
 * count what they have as lost. Signal-safe.
 */
bool visit_recording(const struct visit *visit);

/*
 * Without a visit: the ledger to search, where a stale answer does no harm (in a
 * child whose fork went unseen it is the parent's). NULL: there is none. Signal-safe.
 */
const struct ledger *visit_peek(void);

/*
 * Without a visit: the ledger, if it has a recording that is this process' own; else NULL. For
 * stores that need neither a stack nor a row. No system call. Signal-safe.
 */
struct ledger *visit_own_recording(void);

/* Is this thread inside the recorder? Signal-safe. */
bool visit_under_way(void);

/* Makes the recording of a forked child when it is needed. False: it can't be made. */
typedef bool visit_make_recording(struct ledger *ledger);

/* Opens the gate to LEDGER, which has a recording. *Start-up only.* */
bool visit_open_gate(struct ledger *ledger, visit_make_recording *make);

/* From here on nothing is recorded in this process, nor in its children. Signal-safe. */
void visit_close_gate(void);

/*
 * This process is a forked child: it has no recording until it needs one. Once for each child,
 * whoever finds out first. Signal-safe.
 */
void visit_enter_child(void);

#endif
