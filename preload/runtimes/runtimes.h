/* SPDX-License-Identifier: MIT */
/* The runtimes that the recorder knows, and which of them are in this process. */
#ifndef FINLEAK_RUNTIMES_H
#define FINLEAK_RUNTIMES_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ledger;

/*
 * Searches for runtimes among the modules loaded so far. PROGRAM is the path of the executable,
 * which stays in memory. *Start-up only.*
 */
void runtimes_start(const char *program);

/*
 * Searches for one in OBJECT, which PATH was loaded from and which stays loaded meanwhile. Takes no
 * lock. Signal-safe, any thread.
 */
void runtimes_consider(const struct dl_phdr_info *object, const char *path);

/*
 * As runtimes_consider() of all objects that are loaded beside the one that ADDRESS lies in: code
 * made at run time was met, and what has made it need not be on the stack. Signal-safe, any thread.
 */
void runtimes_search(uint64_t address);

/* The module at START was unloaded: a runtime that was in it is no more. Any thread. */
void runtimes_forget(uint64_t start);

/* Is any in this process? Signal-safe, any thread. */
bool runtimes_are_here(void);

/*
 * PC: COUNT return addresses of the calling thread, innermost first; *cut: there were more. Where
 * scripts ran, puts their frames (recorded_is_script) in the place of the runtimes'. Returns how
 * many frames PC has by then, at most MAX; *cut is whether it has all. PC has room for
 * RECORDED_FRAMES_MAX. Within a visit that has a recording. Signal-safe, any thread.
 */
size_t runtimes_merge(struct ledger *ledger, uint64_t *pc, size_t count, size_t max, bool *cut);

#endif
