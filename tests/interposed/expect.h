/* SPDX-License-Identifier: MIT */
/*
 * What the recorder has to have noted. Each check fails the cmocka test that runs; in a bare run
 * they hold by themselves. FUNCTION is the function of the test that made the interposed call:
 * the first frame of the stack must lie in it.
 */
#ifndef FINLEAK_TESTS_EXPECT_H
#define FINLEAK_TESTS_EXPECT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "own_recording.h"

/* FD's row: its socket was opened in FUNCTION in the way SOURCE. */
void expect_opened(int fd, enum recorded_source source, const void *function);
void expect_untracked(int fd);
void expect_role(int fd, enum recorded_role role);

void expect_eof(int fd, const void *function);
/* A fatal error, which CALL returned. */
void expect_error(int fd, enum recorded_error_call call, int error, const void *function);
/* connect(), called in FUNCTION, that ended with ERROR. */
void expect_connect_failed(int fd, int error, const void *function);
/* FD is tracked, and nothing has ended it. */
void expect_no_end(int fd);
/* Reading was paused so many TIMES, the last time in FUNCTION. */
void expect_paused(int fd, unsigned int times, const void *function);
void expect_last_use(int fd, enum recorded_use use, const void *function);

/* Counters of the recording, to compare a moment with a later one. All 0 in a bare run. */
struct counts {
	uint64_t opened, eof, closed, open_now, unseen_ends, reentered, heirs;
};
struct counts counts_now(void);
/* Nothing was opened, ended or closed since BEFORE. */
void expect_same_counts(const struct counts *before);

#endif
