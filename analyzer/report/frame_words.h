/* SPDX-License-Identifier: MIT */
/* Frames in sentences. Nothing is escaped; the caller frees each text. */
#ifndef FINLEAK_FRAME_WORDS_H
#define FINLEAK_FRAME_WORDS_H

#include "analyzer/report/report.h"

/* "read_request()"; the function of FRAME is known */
char *frame_function(const struct frame *frame);

/* "worker.c:88" or, where the line is unknown, "libx.so+0x1234"; FRAME may be NULL */
char *frame_place(const struct frame *frame);

/* "worker.c:88 in read_request()" */
char *frame_site(const struct frame *frame);

/* "read_request() (worker.c:88)", for advice; "the program" for NULL. */
char *frame_call(const struct frame *frame);

/*
 * The same, with the CALLER (NULL: none) of a function that explains little without it:
 * "wait_for() (poll.c:8), called by serve() (worker.c:35)"
 */
char *frame_call_by(const struct frame *frame, const struct frame *caller);

#endif
