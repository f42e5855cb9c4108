/* SPDX-License-Identifier: MIT */
/*
 * The loaded modules, as far as stacks need them. Whoever knows the loader hands them in. No locks:
 * two threads that meet a module at once may both add it, and the younger row holds. Signal-safe,
 * any thread; LEDGER has a recording.
 */
#ifndef FINLEAK_MODULE_TABLE_H
#define FINLEAK_MODULE_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/recording/recording.h"

struct ledger;

/* The sequence number under which addresses are to be looked up from now on. */
uint32_t module_sequence(const struct ledger *ledger);

/* Does a module that is loaded now cover PC, as far as the table knows? */
bool module_covers(const struct ledger *ledger, uint64_t pc);

/* Did the module that covered PC at sequence SEQ go since then? */
bool module_is_unloaded(const struct ledger *ledger, uint64_t pc, uint32_t seq);

enum module_news {
	MODULE_KNOWN, /* nothing */
	MODULE_NEW,   /* there is a row to be added */
	MODULE_BACK,  /* it is again where it was before: its row holds again */
};

/*
 * What of FOUND, which is loaded from PATH now (its address range, bias and build-id are filled
 * in), is news? Stacks that it returns to are stale after MODULE_BACK: see stack_table_retire().
 */
enum module_news module_meet(struct ledger *ledger, const struct recorded_module *found,
			     const char *path);

/* Adds a row for FOUND, complete but for path and sequence. No room: counted as lost. */
void module_add(struct ledger *ledger, const struct recorded_module *found, const char *path);

/* One more than the last row; row INDEX, or NULL where there is none, or it is not complete yet. */
uint32_t module_count(const struct ledger *ledger);
const struct recorded_module *module_at(const struct ledger *ledger, uint32_t index);

const char *module_path(const struct ledger *ledger, const struct recorded_module *module);

/* Is ROW, which is loaded, the same module as FOUND, loaded from PATH? */
bool module_is_same(const struct ledger *ledger, const struct recorded_module *row,
		    const struct recorded_module *found, const char *path);

/* Is there a module in row INDEX that is loaded now? */
bool module_is_loaded(const struct ledger *ledger, uint32_t index);

/* Row INDEX was unloaded. */
void module_unload(struct ledger *ledger, uint32_t index);

#endif
