/* SPDX-License-Identifier: MIT */
/*
 * What of the file is mapped, and where. Address space is the program's, which may limit it
 * (RLIMIT_AS): a section is mapped as far as it is in use, and further when it grows.
 *
 * A section that grows is mapped once more, longer, elsewhere: the kernel makes the new view out of
 * the old one (mremap() of no bytes), which needs no descriptor, no name and no rights. Both views
 * are the same memory, so the old one is left in place for whoever has a pointer into it. Sections
 * that are small at their largest are mapped in full together with the header.
 */
#ifndef FINLEAK_LEDGER_VIEWS_H
#define FINLEAK_LEDGER_VIEWS_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/ledger/ledger.h"
#include "preload/ledger/ledger_file.h"

/*
 * Is there room for what ledger_views_map() maps and BESIDE bytes that the ledger takes elsewhere?
 * False: the program limits its address space, and they are more than a small part of it.
 */
bool ledger_views_may_take(struct ledger *ledger, uint64_t beside);

/*
 * Maps the beginning of FILE, which has its size and LEDGER's layout, at fresh addresses. Sets
 * ledger->views and ledger->sections. Returns where the header is, or NULL: there is no address
 * space. One thread only.
 */
struct recording_header *ledger_views_map(struct ledger *ledger, const struct ledger_file *file);

/*
 * In a forked child: the sections of FILE, which has HEADER, take the place of the parent's, but
 * for what they inherit. The header's own part stays the parent's until
 * ledger_views_replace_header(). False: no address space; some may have been replaced. One thread
 * only. Signal-safe.
 */
bool ledger_views_replace(struct ledger *ledger, const struct ledger_file *file,
			  const struct recording_header *header);
bool ledger_views_replace_header(struct ledger *ledger, const struct ledger_file *file,
				 const struct recording_header *header);

/* Unmaps all views, HEADER's among them. One thread only. */
void ledger_views_unmap(struct ledger *ledger, struct recording_header *header);

#endif
