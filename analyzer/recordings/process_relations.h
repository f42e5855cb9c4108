/* SPDX-License-Identifier: MIT */
/* How the recorded processes descend from one another. */
#ifndef FINLEAK_PROCESS_RELATIONS_H
#define FINLEAK_PROCESS_RELATIONS_H

#include "analyzer/recordings/process.h"

/* Sorts COUNT PROCESSES, whose recordings are set, and sets boots, states, ends and relatives. */
void processes_relate(struct process *processes, size_t count);

/* Was PROCESS started by ANCESTOR (any image of it), or by one that was? */
bool process_descends_from(const struct process *process, const struct process *ancestor);

#endif
