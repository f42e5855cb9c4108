/* SPDX-License-Identifier: MIT */
/*
 * Has the program asked epoll since the peer closed? A loop that hangs has had no report,
 * whatever it watches.
 */
#ifndef FINLEAK_POLLING_H
#define FINLEAK_POLLING_H

#include "analyzer/rules/evidence.h"

/* Who polls the epoll descriptor that watches the socket of HOLDING, which LIFE has samples of. */
struct polling polling_of(const struct socket_life *life, const struct holding *holding);

/* Who waited last by poll() or select(). For which descriptors is not recorded. */
struct polling polling_of_loop(const struct recording *recording);

/*
 * Who polled last of all in PROCESS, by epoll where DEPARTURE was watched so: nobody knows any more
 * which descriptor that was.
 */
struct polling polling_of_departure(const struct process *process,
				    const struct recorded_departure *departure);

/*
 * Had the last call on the epoll descriptor returned before the FIN came? Where both are too close
 * to be sure, it counts if the thread is known to do anything but wait for events by now.
 */
bool polling_ended_before_fin(const struct evidence *evidence);

/* Does a thread wait for events that by kernel_thread_phrase() is DOING this? */
bool waits_for_events(const char *doing);

#endif
