/* SPDX-License-Identifier: MIT */
/*
 * When the end of a process began. What had been finished for long by then and was closed only
 * afterwards leaked like any other while the program ran: an orderly end excuses nothing.
 *
 * Each time is one that is known by itself; 0: it is not. Where it was signalled or exit() was
 * called, the end began then at the latest, and what happens later is a part of it. Else closes
 * show it.
 */
#ifndef FINLEAK_ENDING_H
#define FINLEAK_ENDING_H

#include "analyzer/recordings/recordings.h"

struct closing_place;
struct places;
struct work_times;

struct ending {
	uint64_t signalled_ns; /* `finleak run` forwarded a signal that asks for the end */
	uint64_t exiting_ns;   /* exit() or abort() was called, it raised a fatal signal, or
				* a handler of a crash closed */
	uint64_t burst_ns;     /* the first of the closes that went on until the process was gone */
	uint64_t listener_ns;  /* its last listener was closed, or what was closed right before it,
				* and nothing was opened any more */
	bool burst_ends_life;  /* something was opened after one of the burst was finished */
	uint64_t opened_ns;    /* the last that it opened: normal life, until then */
	const struct recording *recording;
	struct places *lives;         /* what normal life makes of the sockets of each stack */
	struct work_times *work;      /* private: how long it takes to close them */
	struct closing_place *places; /* private: how often each stack closed what was finished */
};

/*
 * Fills ENDING (zeroed) for PROCESS; a running process has no end, only a life. End with
 * ending_clear.
 */
void ending_find(struct ending *ending, const struct process *process);
void ending_clear(struct ending *ending);

/*
 * The time (ns) from which on a process that was gone at END_NS did nothing but end: END_NS itself
 * where that is not known, or took so long that it still did its work. ENDING may be NULL.
 */
uint64_t ending_begun_ns(const struct ending *ending, uint64_t end_ns);

/* When a socket was finished and closed (ns), and where. */
struct ended_socket {
	uint64_t finished_ns;
	uint64_t closed_ns;
	uint32_t decided_stack; /* where the program learned that it is finished; 0: unknown */
	uint32_t closed_stack;
	uint64_t client_works_ns; /* of a client: so long it may take before it ends; else 0 */
	bool shut_down;           /* shutdown() finished it */
};

/*
 * Did the end begin at a time when SOCKET had been finished for MIN_HELD_NS, and that is not after
 * its close? A burst of closes is no end where that stack has closed finished sockets before, in
 * normal life, nor for the last connections of a client that had not been finished for long, nor
 * for what was shut down shortly before: that began the end. Work on a finished connection that
 * takes as long in normal life excuses it.
 */
bool ending_is_between(const struct ending *ending, const struct ended_socket *socket,
		       uint64_t min_held_ns);

/* Did closes in normal life take as long as that of SOCKET, and as many? ENDING may be NULL. */
bool ending_finds_work(const struct ending *ending, const struct ended_socket *socket);

/*
 * Is SOCKET, which is open at its closed_ns, on its way like others? As many were closed in normal
 * life after as long as are open for as long. ENDING may be NULL.
 */
bool ending_finds_work_on_open(const struct ending *ending, const struct ended_socket *socket);

#endif
