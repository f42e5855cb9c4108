/* SPDX-License-Identifier: MIT */
/*
 * The loaded modules, as far as stacks need them. Rows are added inside dl_iterate_phdr(), whose
 * lock keeps two threads from adding the same one; lookups take no lock.
 */
#ifndef FINLEAK_MODULE_MAP_H
#define FINLEAK_MODULE_MAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * Makes sure that the modules of these return addresses are in the recording, as far as the loader
 * knows them (code made at run time belongs to none). Returns the sequence number under which the
 * addresses are to be looked up. Signal-safe where the modules are known already; otherwise it
 * takes the loader's lock.
 */
uint32_t module_map_cover(const uint64_t *pc, size_t frames);

/* After dlclose(): notes what is gone. Not signal-safe (dlclose is not either). */
void module_map_after_dlclose(void);

#endif
