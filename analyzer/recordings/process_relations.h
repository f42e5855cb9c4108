/* SPDX-License-Identifier: MIT */
/* Which of the recorded processes descend from one another. */
#ifndef FINLEAK_PROCESS_RELATIONS_H
#define FINLEAK_PROCESS_RELATIONS_H

#include "analyzer/recordings/recordings.h"

/* Sets boots, states, ends and relatives of a filled list, and sorts it; recordings_read does. */
void recordings_relate(struct recordings *recordings);

/* Was PROCESS started by ANCESTOR (any image of it), or by one that was? */
bool process_descends_from(const struct process *process, const struct process *ancestor);

#endif
