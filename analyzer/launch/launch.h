/* SPDX-License-Identifier: MIT */
/*
 * Starts PROGRAM under the recorder, stands between it and the caller (signals, terminal, exit
 * status) and stamps on each recording when its process was seen to end.
 */
#ifndef FINLEAK_LAUNCH_H
#define FINLEAK_LAUNCH_H

#include <stdbool.h>

struct launch_options {
	char *const *argv;      /* PROGRAM [ARG...], NULL-terminated */
	const char *recordings; /* folder; created when missing (0700, or 1777 when shared) */
	bool say_recordings;    /* a line on stderr once the folder is there */
	bool share_recordings;
	unsigned long long observe_ns; /* how often the kernel is asked; 0 never */
	bool wait_for_all;             /* --wait: until every process that PROGRAM left has ended */
};

/*
 * The path of libfinleak.so, looked for relative to this program (the build tree, the installed
 * tree wherever it was moved to), or what FINLEAK_LIBRARY in the environment says. NULL: not
 * there. Static memory.
 */
const char *launch_library(void);

/*
 * Can PROGRAM be recorded? Follows PATH and #! lines. Returns 0, or the exit status finleak must
 * end with (125 cannot be recorded, 126 cannot be executed, 127 not found) with one line for the
 * user in REASON: static, other architecture, set-uid, file capabilities, libfinleak.so missing.
 */
int launch_preflight(const struct launch_options *options, char *reason, unsigned long reason_size);

/*
 * Runs PROGRAM and waits for it. Returns its exit status (128+N where signal N ended it), or 125,
 * 126 or 127 with one line already on stderr; *started tells whether PROGRAM ran.
 */
int launch_program(const struct launch_options *options, bool *started);

/*
 * For when PROGRAM ran and no recording came out of it: one line for the user in REASON with the
 * likeliest cause.
 */
void launch_explain_silence(const struct launch_options *options, char *reason,
			    unsigned long reason_size);

#endif
