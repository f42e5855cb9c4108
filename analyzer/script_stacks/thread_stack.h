/* SPDX-License-Identifier: MIT */
/* What a thread of a running process executes now: its stack, with the lines of its scripts. */
#ifndef FINLEAK_THREAD_STACK_H
#define FINLEAK_THREAD_STACK_H

#include "analyzer/recordings/observation.h"
#include "analyzer/recordings/recording_snapshot.h"

/*
 * Reads the stack of THREAD, of OBSERVATION's process, without stopping it; 0 frames: it could not
 * be read. Lines of scripts become rows of OBSERVATION. Where there are any, code of modules that
 * RECORDING does not know is left out. Takes as long as kernel_stack_read().
 */
void thread_stack_read(struct observation *observation, struct observed_thread *thread,
		       const struct recording *recording);

/* The same of its scripts alone, which takes no process: also of a thread that runs. */
void thread_stack_read_scripts(struct observation *observation, struct observed_thread *thread,
			       const struct recording *recording);

#endif
