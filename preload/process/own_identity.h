/* SPDX-License-Identifier: MIT */
/* Who this process is, as its recording has it. */
#ifndef FINLEAK_OWN_IDENTITY_H
#define FINLEAK_OWN_IDENTITY_H

#include <stdint.h>
#include "preload/ledger/ledger_create.h"
#include "preload/recording/recording.h"

/* Remembers who this program is. *Start-up only.* */
void process_identify(int argc, char *const *argv);

/* The path of this program. *After process_identify().* */
const char *process_executable(void);

/*
 * The process as it is now, which came to be by ORIGIN, of a fork at BIRTH_STACK (0: none). NAME
 * has room for 16 bytes and a NUL, and must outlive what is returned. Signal-safe.
 */
struct ledger_identity own_identity(char *name, enum recording_origin origin, uint32_t birth_stack);

#endif
