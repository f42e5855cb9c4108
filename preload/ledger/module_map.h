/* SPDX-License-Identifier: MIT */
/*
 * The loaded modules, as far as stacks need them. No locks: two threads that meet a module at once
 * may both add it, and the younger row holds.
 */
#ifndef FINLEAK_MODULE_MAP_H
#define FINLEAK_MODULE_MAP_H

#include <stddef.h>
#include <stdint.h>

/*
 * Makes sure that the modules of these return addresses are in the recording, as far as the loader
 * knows them (code made at run time belongs to none). Returns the sequence number under which the
 * addresses are to be looked up. As signal-safe as
 * loaded_object_at().
 */
uint32_t module_map_cover(const uint64_t *pc, size_t frames);

/* After dlclose(): notes what is gone. Not signal-safe (dlclose is not either). */
void module_map_after_dlclose(void);

/*
 * In a forked child that has taken over its parent's rows: takes back what the parent did with them
 * since the fork. *One thread only.*
 */
void module_map_reset(void);

#endif
