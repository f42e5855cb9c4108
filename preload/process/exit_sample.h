/* SPDX-License-Identifier: MIT */
/* The recorder's last act: asks the kernel for every open socket. Within a visit, signal-safe. */
#ifndef FINLEAK_LAST_LOOK_H
#define FINLEAK_LAST_LOOK_H

#include <stdint.h>
#include "preload/recording/recording.h"

/*
 * Stores state, queue and addresses of each open socket, and drops those that are gone
 * without our having seen it. Up to eight system calls a socket.
 */
void last_look(void);

/* How the recording ends (END_NONE: it does not), and for an exec where. */
void last_look_publish_end(enum recording_end end, uint32_t stack);

#endif
