/* SPDX-License-Identifier: MIT */
/* What `finleak watch` watches: a folder of recordings, a recorded process, or any other one. */
#ifndef FINLEAK_WATCH_SUBJECT_H
#define FINLEAK_WATCH_SUBJECT_H

#include "analyzer/report/report.h"

struct watch_subject;

/*
 * ARGUMENT is a PID, or else a folder. NULL with one line on stderr if it can't be watched. OPTIONS
 * must outlive the subject; end with watch_subject_close.
 */
struct watch_subject *watch_subject_open(const char *argument,
					 const struct report_options *options);
void watch_subject_close(struct watch_subject *subject);

/* "finleak.4711", "process 4711": as the user named it, untrusted. */
const char *watch_subject_name(const struct watch_subject *subject);

/* Is it a process without a recorder? Then only the kernel is sampled. */
bool watch_subject_is_bare(const struct watch_subject *subject);

/* A descriptor that is readable when the watched process has ended; -1: a folder is watched. */
int watch_subject_end(const struct watch_subject *subject);

/* Had the process, or all of a folder, ended at the last sample? */
bool watch_subject_ended(const struct watch_subject *subject);

/*
 * Begins a sample. Returns how many ns must pass before watch_subject_sample: without a recorder it
 * takes two samples of the kernel to know what is stuck.
 */
uint64_t watch_subject_begin_sample(struct watch_subject *subject);

/*
 * Completes the sample. Returns a report, which the caller keeps until it has the next one; NULL if
 * there is nothing to report on (any more), the first time with one line on stderr. What is wrong
 * with single recordings is printed on stderr each time.
 */
struct report *watch_subject_sample(struct watch_subject *subject);

/*
 * How much CPU time of the last sample was used to sample the kernel, which has its own, slower
 * pace.
 */
uint64_t watch_subject_observing_ns(const struct watch_subject *subject);

#endif
