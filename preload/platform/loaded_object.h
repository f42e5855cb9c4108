/* SPDX-License-Identifier: MIT */
/*
 * Which loaded object an address belongs to, asked without the loader's lock. dl_iterate_phdr()
 * takes that lock: a child forked while another thread was in dlopen() would wait for it
 * indefinitely.
 */
#ifndef FINLEAK_LOADED_OBJECT_H
#define FINLEAK_LOADED_OBJECT_H

#include <link.h>
#include <stdbool.h>
#include <stdint.h>

/* Finds what the loader offers. *Start-up only.* */
void loaded_object_start(void);

/*
 * Fills OBJECT with what dl_iterate_phdr() would say of the object that ADDRESS lies in
 * (dlpi_adds 1, dlpi_subs 0). False: in none (code made at run time). Lock-free and signal-safe
 * with glibc 2.35 and later (_dl_find_object); before, it takes the loader's lock.
 */
bool loaded_object_at(uint64_t address, struct dl_phdr_info *object);

/*
 * Calls VISIT, with a size of 0 and no argument, for each object that is loaded beside the one that
 * ADDRESS lies in (in its namespace), until VISIT returns something else than 0. Others may load
 * and unload meanwhile: some may be missed then. Lock-free and signal-safe where loaded_object_at()
 * is; elsewhere it visits nothing.
 */
void loaded_object_visit_around(uint64_t address,
				int (*visit)(struct dl_phdr_info *object, size_t size, void *));

/* Where OBJECT's segments are in memory: [*start, *end); empty if it has none. Signal-safe. */
void loaded_object_range(const struct dl_phdr_info *object, uint64_t *start, uint64_t *end);

/* An object's .eh_frame_hdr, and the readable segment that it lies in: [START, END). */
struct loaded_unwind_header {
	const uint8_t *header; /* NULL: there is none */
	const uint8_t *start, *end;
};

/*
 * Finds that of the object that ADDRESS lies in. False: ADDRESS lies in no object, or nobody can
 * say without a lock. Lock-free, signal-safe.
 */
bool loaded_object_unwind_header(uint64_t address, struct loaded_unwind_header *found);

/* True where loaded_object_at() takes no lock. */
bool loaded_object_is_lock_free(void);

#endif
