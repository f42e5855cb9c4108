/* SPDX-License-Identifier: MIT */
/* What `finleak watch` watches: a folder of recordings, a recorded process, or any other one. */
#ifndef FINLEAK_WATCH_SUBJECT_H
#define FINLEAK_WATCH_SUBJECT_H

#include "analyzer/report/report.h"

struct watch_subject;

/*
 * ARGUMENT is a pid, or else a folder. NULL where it can't be watched: one line says so. OPTIONS
 * must outlive the subject; end with watch_subject_close.
 */
struct watch_subject *watch_subject_open(const char *argument,
					 const struct report_options *options);
void watch_subject_close(struct watch_subject *subject);

/* "finleak.4711", "process 4711"; as the user named it: untrusted like a file's name. */
const char *watch_subject_name(const struct watch_subject *subject);

/* No recorder: the kernel alone is asked. */
bool watch_subject_is_bare(const struct watch_subject *subject);

/* A descriptor that is readable when the watched process has ended; -1: a folder is watched. */
int watch_subject_end(const struct watch_subject *subject);

/* Did the process end, or of a folder's all? As far as the last look knows. */
bool watch_subject_ended(const struct watch_subject *subject);

/*
 * Begins a look. Returns how many ns are to pass before watch_subject_sample: the kernel alone must
 * be asked twice to tell what is stuck.
 */
uint64_t watch_subject_begin_sample(struct watch_subject *subject);

/*
 * Ends the look with a report, which the caller keeps until it has the next one. NULL where there
 * is nothing to look at (any more); the first time what is wrong has been said. What goes wrong
 * with single recordings is said on stderr each time.
 */
struct report *watch_subject_sample(struct watch_subject *subject);

/*
 * How much of the last look's CPU time went into asking the kernel about recorded processes: that
 * keeps a pace of its own, and the events are looked at more often.
 */
uint64_t watch_subject_observing_ns(const struct watch_subject *subject);

#endif
