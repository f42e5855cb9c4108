/* SPDX-License-Identifier: MIT */
/*
 * The life of the process: its recording begins, and ends with it. Forks and exec are
 * process_fork.h's and process_exec.h's. Signal-safe unless a comment states otherwise; errno is
 * kept.
 */
#ifndef FINLEAK_PROCESS_H
#define FINLEAK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "preload/recording/recording.h"

struct ledger;
struct visit;

/* Creates the recording of the program that starts; NULL: it can't be. *Start-up only.* */
struct ledger *process_start_recording(void);

/* Blind spots of a forked child from before it had a recording; its own children inherit them. */
uint32_t process_unwritten_blind(void);

/* The calling thread is about to end the process, by END. VISIT has a recording. */
void process_end_recording(const struct visit *visit, enum recording_end end);

/* exit() or quick_exit() is called: handlers and destructors run next. */
void process_exit_begins(void);

/* The process is about to end by exit or _exit: samples each open socket. */
void process_before_exit(void);

/*
 * The process is about to send itself a signal that ends it, unless it is blocked or, of abort(), a
 * handler jumps out. Any thread, signal-safe.
 */
void process_before_own_signal(void);

/* io_uring was set up, a BLIND_* bit: a blind spot of the report. */
void process_note_blind(enum recording_blind what);

/*
 * The process is about to install a seccomp filter. Such a filter lets the program's own system
 * calls through and may kill for any other, so the recording ends with process_confined(), which is
 * called when the filter is in force and makes no system call. False: there is nothing to end.
 */
bool process_before_confinement(void);
void process_confined(void);

#endif
