/* SPDX-License-Identifier: MIT */
/* Findings as samples of a profile: the deciding stack of each leak, weighed by its sockets. */
#ifndef FINLEAK_PROFILE_FRAMES_H
#define FINLEAK_PROFILE_FRAMES_H

#include "analyzer/report/report.h"

/* Is LEAK in a profile? What counts in the summary is; by report_leak_counting(). */
bool profile_has(const struct report_leak *leak);

/* The stack that LEAK is a sample of; NULL: no code is known of it. */
const struct report_stack *profile_stack(const struct report_leak *leak);

/* How FRAME is called: "read_request", "libx.so+0x1234". Escaped, and the caller's. */
char *profile_frame_name(const struct frame *frame);

/* What stands for the stack of a leak without one. Escaped, and the caller's. */
char *profile_place_name(const struct report_leak *leak);

/* The name of the program that LEAK is of; "?" unknown. Escaped, and the caller's. */
char *profile_program(const struct report *report, const struct report_leak *leak);

/* For how long the sockets of LEAK were held, all together, seconds. */
double profile_held_s(const struct report_leak *leak);

#endif
