/* SPDX-License-Identifier: MIT */
/*
 * Starts PROGRAM with the recorder, relays signals, job control and exit status between it and the
 * caller, and stamps the end of each process on its recording.
 */
#ifndef FINLEAK_LAUNCH_H
#define FINLEAK_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/recordings/run_record.h"

struct launch_options {
	char *const *argv;      /* PROGRAM [ARG...], NULL-terminated */
	const char *recordings; /* folder; created if missing (0700, or 1777 when shared) */
	bool say_recordings;    /* print the folder on stderr */
	bool share_recordings;
	unsigned long long observe_ns;       /* between samples; 0: none are taken */
	const struct run_options *judged_by; /* stored with the recordings */
	bool script_frames;                  /* ask node to write down where its code is */
	bool wait_for_all; /* --wait: until every process that PROGRAM left has ended */
};

/*
 * The path of libfinleak.so as LD_PRELOAD takes it: FINLEAK_LIBRARY of the environment, or relative
 * to this program in the build tree or the installed tree, wherever that is. Static memory. NULL:
 * it is not there or the loader can't preload it from there; REASON is then one line for the user.
 */
const char *launch_library(char *reason, unsigned long reason_size);

/*
 * Can PROGRAM be recorded? Follows PATH and #! lines. Returns 0, or the exit status finleak must
 * end with (125 cannot be recorded, 126 cannot be executed, 127 not found) with one line for the
 * user in REASON: static, other architecture, set-uid, file capabilities, libfinleak.so missing.
 */
int launch_preflight(const struct launch_options *options, char *reason, unsigned long reason_size);

/* What became of PROGRAM. */
struct launch_outcome {
	bool started;
	int signal;                    /* that ended it; 0 none */
	struct unrecorded *unrecorded; /* processes without a recording; launch_outcome_clear */
	size_t unrecorded_count;
	bool no_connections; /* nobody in our network namespace had one meanwhile */
};

void launch_outcome_clear(struct launch_outcome *outcome);

/*
 * Runs PROGRAM and waits for it. Returns its exit status (128+N if signal N ended it), or 125, 126
 * or 127 with one line already on stderr.
 */
int launch_program(const struct launch_options *options, struct launch_outcome *outcome);

/*
 * Ends finleak by SIGNAL, as it ended PROGRAM, without a core file. Returns where it can't: the
 * first process of a PID namespace survives.
 */
void launch_end_by(int signal);

/*
 * PROGRAM ran and left no recording: writes the likeliest cause into REASON, one line for the user.
 */
void launch_explain_silence(const struct launch_options *options, char *reason,
			    unsigned long reason_size);

#endif
