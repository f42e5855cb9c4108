/* SPDX-License-Identifier: MIT */
/* The modules that a running process has mapped: what a recording of it would have noted. */
#ifndef FINLEAK_MAPPED_MODULES_H
#define FINLEAK_MAPPED_MODULES_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/recordings/recording_snapshot.h"

/*
 * Gives RECORDING, a new stand-in, the modules of its process, whose files are opened as the
 * process sees them. Returns whether Go's linker made one; *go_bias gets the bias of the first
 * such. Takes the right to ptrace; without it there are none.
 */
bool mapped_modules_read(struct recording *recording, uint64_t *go_bias);

#endif
