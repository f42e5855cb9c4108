/* SPDX-License-Identifier: MIT */
/* What the user may set about verdicts, and what the judges can't find out themselves. */
#ifndef FINLEAK_JUDGE_OPTIONS_H
#define FINLEAK_JUDGE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct recording;

/*
 * Was stack CLOSED of RECORDING taken while its program was being torn down? What it closed was
 * opened at OPENED (0 unknown).
 */
typedef bool close_judge(const void *context, const struct recording *recording, uint32_t opened,
			 uint32_t closed);

struct judge_options {
	uint64_t min_held_ns;        /* --min-held */
	uint64_t late_ns;            /* --late */
	uint64_t idle_ns;            /* --idle */
	bool strict;                 /* --strict */
	uint32_t classes;            /* --class: a bit for each enum leak_class; 0: all */
	uint64_t since_ns;           /* --since: what was opened and finished before is left out */
	int pid;                     /* ... and what other processes have; 0: all are meant */
	close_judge *closed_at_exit; /* it knows names of code; NULL: never */
	const void *close_context;
};

#endif
