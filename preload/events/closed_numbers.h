/* SPDX-License-Identifier: MIT */
/*
 * When and where a tracked descriptor was closed last under each number. A program that closes a
 * number and goes on to use it acts on whoever was given it meanwhile. Signal-safe, any thread.
 */
#ifndef FINLEAK_CLOSED_NUMBERS_H
#define FINLEAK_CLOSED_NUMBERS_H

#include <stdint.h>
#include "preload/recording/recording.h"

/* FD is about to be closed at STACK, NOW (ns). */
void closed_number_note(int fd, uint32_t stack, uint64_t now);

/* FD has become ROW's, which nobody else sees yet: what is known of the number goes there. */
void closed_number_tell(int fd, struct recorded_socket *row);

#endif
