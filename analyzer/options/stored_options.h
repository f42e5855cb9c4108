/* SPDX-License-Identifier: MIT */
/* Options that decide verdicts and are stored with recordings, so that a report repeats its run. */
#ifndef FINLEAK_STORED_OPTIONS_H
#define FINLEAK_STORED_OPTIONS_H

#include "analyzer/options/options.h"
#include "analyzer/recordings/recordings.h"

/* Those of OPTIONS, to be stored. */
struct run_options stored_options_of(const struct options *options);

/* Takes what a run judged by into OPTIONS, except where the command line has others. */
void stored_options_take(struct options *options, const struct run_options *stored);

/*
 * The same for all runs that wrote RECORDINGS. Where they differ the first one counts, with one
 * line on stderr.
 */
void stored_options_take_of(struct options *options, const struct recordings *recordings);

#endif
