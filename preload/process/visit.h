/* SPDX-License-Identifier: MIT */
/*
 * A visit: one wrapper's stay in the recorder. Whoever has entered may use the tables; whoever is
 * refused forwards the call and returns. That one gate keeps
 *  - a signal handler that interrupted the recorder, libunwind's own calls, and any other wrapper
 *    inside a wrapper from entering twice (P9);
 *  - a forked child from writing into its parent's recording (P5);
 *  - a handler that leaves it by longjmp() from shutting its thread out for ever (P9);
 *  - errno as the real call left it (P8);
 *  - a cancelled thread from ending inside the recorder: socket() is no cancellation point, but
 *    libunwind reads and opens files, and would die there with its locks held (P8).
 */
#ifndef FINLEAK_VISIT_H
#define FINLEAK_VISIT_H

#include <stdbool.h>

struct visit {
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
 * does most. One system call.
 */
bool visit_by_another_process(void);

/*
 * Is there a recording to write to? In a forked child that inherited no tracked socket the file is
 * made here, when the first socket comes up. Within a visit. Signal-safe.
 */
bool visit_recording(void);

/*
 * Without a visit: does this process have a recording that is its own? For stores that need neither
 * a stack nor a row. No system call. Signal-safe.
 */
bool visit_is_recorded(void);

/* Is this thread inside the recorder? Signal-safe. */
bool visit_under_way(void);

/* Makes the recording of a forked child when it is needed. False: it can't be made. */
typedef bool visit_make_recording(void);

/* Opens the gate. *Start-up only.* */
bool visit_open_gate(visit_make_recording *make);

/* From here on nothing is recorded in this process, nor in its children. Signal-safe. */
void visit_close_gate(void);

/* This process is a forked child: it has no recording until it needs one. Signal-safe. */
void visit_enter_child(void);

#endif
