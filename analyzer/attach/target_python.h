/* SPDX-License-Identifier: MIT */
/*
 * CPython in a process: the BPF program copies the frames of its scripts as they are at an event,
 * and their names are read from the process when the event is.
 */
#ifndef FINLEAK_TARGET_PYTHON_H
#define FINLEAK_TARGET_PYTHON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/attach/attach_event.h"
#include "preload/runtimes/script_merge.h"

struct ledger;
struct target_python;

/* Finds it in process PID; NULL: there is none. Ends with target_python_free. */
struct target_python *target_python_find(int pid);

/* That of PARENT (NULL: none) in PID, a new child of its process. */
struct target_python *target_python_fork(const struct target_python *parent, int pid);

/* NULL is allowed. */
void target_python_free(struct target_python *python);

/* What the BPF program needs of it, but for the image. */
struct attach_python target_python_places(const struct target_python *python);

/* Keeps SCRIPTS for the event that follows. */
void target_python_keep(struct target_python *python, const struct attach_scripts *scripts);

/*
 * Merges the script frames that came for EVENT into its stack NATIVE: MERGED gets up to
 * RECORDED_FRAMES_MAX frames, and LEDGER, which has a recording, their lines. Returns how many; 0:
 * there are none, or they could not be named.
 */
size_t target_python_merge(struct target_python *python, struct ledger *ledger,
			   const struct attach_event *event, const struct native_stack *native,
			   uint64_t *merged, bool *cut);

#endif
