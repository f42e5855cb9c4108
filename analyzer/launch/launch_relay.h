/* SPDX-License-Identifier: MIT */
/*
 * Between PROGRAM and whoever started finleak: forwards signals, keeps job control working and
 * waits for the end.
 */
#ifndef FINLEAK_LAUNCH_RELAY_H
#define FINLEAK_LAUNCH_RELAY_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "analyzer/launch/group_witness.h"
#include "analyzer/launch/launch_observe.h"
#include "analyzer/launch/process_watch.h"

struct relayed;

/* What must be restored: in this process at the end, in the child before its exec. */
struct launch_relay {
	int signals; /* a signalfd */
	sigset_t inherited_mask;
	struct sigaction inherited_chld;
	struct group_witness witness;
};

/* From here on signals are queued in relay->signals. False with errno if the kernel refuses. */
bool launch_relay_begin(struct launch_relay *relay);

/* In the child, before exec: restores mask and dispositions. */
void launch_relay_leave(const struct launch_relay *relay);

/* In the parent, at the end: drops late signals and restores mask and dispositions. */
void launch_relay_end(struct launch_relay *relay);

/*
 * Waits until CHILD has ended, and then, if WAIT_FOR_ALL, until no process is left that it
 * started (this process must be their subreaper) or a signal asks to stop waiting. WATCH and
 * OBSERVE may be NULL; OBSERVE samples regularly, on SIGUSR1 and before a terminating signal is
 * forwarded. Returns CHILD's wait status.
 */
int launch_relay_wait(struct launch_relay *relay, pid_t child, bool wait_for_all,
		      struct process_watch *watch, struct launch_observe *observe);

/* CHILD, for who waits in a loop of its own; RELAY must live as long. End with
 * launch_relay_unfollow(). */
struct relayed *launch_relay_follow(struct launch_relay *relay, pid_t child);

/* Forwards what relay->signals has, and stops as CHILD does. False: it has ended. */
bool launch_relay_take(struct relayed *relayed);

/* Frees RELAYED; returns CHILD's wait status. */
int launch_relay_unfollow(struct relayed *relayed);

/* After the end of CHILD: takes what relay->signals has. Did one of them ask for the end? */
bool launch_relay_asked_to_end(struct launch_relay *relay);

#endif
