/* SPDX-License-Identifier: MIT */
/*
 * Did a thread do anything between its last close of a finished socket, or its last answer after
 * EOF, and the end of the process?
 * An interpreter takes tens of milliseconds to end, and on a busy machine waits for a processor in
 * that time: by the clock alone that looks like a program that went on. Signal-safe, any thread.
 */
#ifndef FINLEAK_WINDING_UP_H
#define FINLEAK_WINDING_UP_H

#include <stdint.h>

struct ledger;

/* Who computes for longer than this goes on. */
#define WINDING_UP_NS 100000000u

/* The calling thread has closed, at NS, a socket that had been finished for a while. */
void winding_up_begin(uint64_t ns);

/* The calling thread has written, at NS, to a socket whose EOF it had read right before. */
void winding_up_answered(uint64_t ns);

/*
 * The process is about to end, by the calling thread: stores wound_up_ns and answered_ns
 * (recording.h) into LEDGER's recording, which there must be.
 */
void winding_up_end(const struct ledger *ledger);

#endif
