/* SPDX-License-Identifier: MIT */
/* The lines of scripts that the stacks of an observation's threads have. */
#ifndef FINLEAK_OBSERVATION_SCRIPTS_H
#define FINLEAK_OBSERVATION_SCRIPTS_H

#include "analyzer/recordings/observation.h"
#include "analyzer/recordings/recording_snapshot.h"

/* The row of PLACE, which is added where it is new; UINT32_MAX: there is no room. */
uint32_t observation_script_row(struct observation *observation, const struct script_place *place);

/*
 * Fills *place with the line that FRAME of a thread's stack, of which recorded_is_script() is true,
 * refers to. False: to none. Texts are valid until a row is added.
 */
bool observation_script(const struct observation *observation, uint64_t frame,
			struct script_place *place);

/* Gives THREAD of TO the stack that THREAD_FROM has in FROM. */
void observation_copy_stack(struct observation *to, struct observed_thread *thread,
			    const struct observation *from,
			    const struct observed_thread *thread_from);

#endif
