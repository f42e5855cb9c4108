/* SPDX-License-Identifier: MIT */
/* Which modules are loaded, asked of the loader for the ledger's module table. */
#ifndef FINLEAK_MODULES_H
#define FINLEAK_MODULES_H

#include <stddef.h>
#include <stdint.h>

struct ledger;

/*
 * Makes sure that the modules of these FRAMES return addresses are in LEDGER, as far as the loader
 * knows them (code made at run time belongs to none). Returns the sequence number under which the
 * addresses are to be looked up. As signal-safe as loaded_object_at(); any thread, within a visit
 * that has a recording.
 */
uint32_t modules_cover(struct ledger *ledger, const uint64_t *pc, size_t frames);

/* After dlclose(): notes what is gone. Not signal-safe (dlclose is not either); within a visit. */
void modules_after_dlclose(struct ledger *ledger);

#endif
