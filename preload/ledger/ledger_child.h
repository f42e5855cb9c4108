/* SPDX-License-Identifier: MIT */
/*
 * The recording of a forked child. What its parent has interned (stacks, scripts, modules, strings)
 * stays in the parent's file and, at the same addresses, in memory: the child's sections of that
 * kind begin in the chunk behind. A chain of files grows by one with each generation that forks, up
 * to RECORDED_GENERATIONS_MAX; whoever would make it longer copies.
 */
#ifndef FINLEAK_LEDGER_CHILD_H
#define FINLEAK_LEDGER_CHILD_H

#include <stdbool.h>
#include "preload/ledger/ledger_create.h"

/*
 * In a forked child: what is mapped is the parent's. From here on LEDGER has no recording, until
 * ledger_create_for_child(). No other thread uses LEDGER.
 */
void ledger_leave_to_parent(struct ledger *ledger);

/*
 * In a forked child, after ledger_leave_to_parent(): puts a recording of its own in the place of
 * the parent's. Ids of stacks, scripts, modules and strings stay valid, the other sections begin
 * empty. False: there is none, nothing can be recorded in this process any more, and the parent's
 * recording counts a lost child. One thread only: see visit_recording(). Signal-safe.
 */
bool ledger_create_for_child(struct ledger *ledger, const struct ledger_identity *identity);

#endif
