/* SPDX-License-Identifier: MIT */
/* One socket of an observation: what a sample shows of it, and what earlier samples add. */
#ifndef FINLEAK_OBSERVED_HISTORY_H
#define FINLEAK_OBSERVED_HISTORY_H

#include "analyzer/observer/sample.h"
#include "analyzer/recordings/observation.h"
#include "preload/recording/recording.h"

/*
 * Adds a socket to OBSERVATION, with everything unknown but COOKIE, FD and times. ROW NULL: the
 * process has no row of it; FD -1: no descriptor. The pointer holds until the next call.
 */
struct observed_socket *observed_add(struct observation *observation, const struct sample *sample,
				     uint64_t cookie, const struct recorded_socket *row, int fd);

/* Takes what the kernel's table has of SOCKET. */
void observed_take_listed(struct observed_socket *socket, const struct kernel_socket *found);

/*
 * Takes what PREVIOUS (NULL: none), the sample before, knew of SOCKET, whose state and queues are
 * set: since when it is in its state, when it sent last, and when bytes were read last.
 */
void observed_take_history(struct observed_socket *socket, const struct observation *previous);

#endif
