/* SPDX-License-Identifier: MIT */
/*
 * Stands between PROGRAM and whoever started finleak: hands signals on, keeps job control working
 * and waits for the end.
 */
#ifndef FINLEAK_LAUNCH_RELAY_H
#define FINLEAK_LAUNCH_RELAY_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "analyzer/launch/launch_observe.h"
#include "analyzer/launch/process_watch.h"

/* What has to be given back: to this process at the end, to the child before its exec. */
struct launch_relay {
	int signals; /* a signalfd */
	sigset_t inherited_mask;
	struct sigaction inherited_chld;
};

/* From here on signals wait in relay->signals. False, with errno, where the kernel refuses. */
bool launch_relay_begin(struct launch_relay *relay);

/* In the child, before exec: mask and dispositions as they were. */
void launch_relay_leave(const struct launch_relay *relay);

/* In the parent, at the end: as launch_relay_leave, after dropping what came too late. */
void launch_relay_end(struct launch_relay *relay);

/*
 * Waits until CHILD has ended, and then, if WAIT_FOR_ALL, until no process is left that it
 * started (this process must be their subreaper) or a signal asks to stop waiting. WATCH and
 * OBSERVE may be NULL; OBSERVE looks at its beat, at SIGUSR1 and before a signal is handed on that
 * asks for the end. Returns CHILD's wait status.
 */
int launch_relay_wait(struct launch_relay *relay, pid_t child, bool wait_for_all,
		      struct process_watch *watch, struct launch_observe *observe);

#endif
