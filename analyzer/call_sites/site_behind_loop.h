/* SPDX-License-Identifier: MIT */
/*
 * Sites where a library's event loop made the deciding call: what the thread called next leads to
 * the handler then, or how the connection was used, or where it was opened, or its listener (and
 * what that was given to call), or the only handler that the loop is known to call, in this order.
 */
#ifndef FINLEAK_SITE_BEHIND_LOOP_H
#define FINLEAK_SITE_BEHIND_LOOP_H

#include "analyzer/call_sites/site_chooser.h"

/*
 * Takes for the site of LEAK what leads to its handler, or the callback that the handler gave to a
 * library for what was read: fills in CHOICE, whose IN_LOOP is set. False: nothing does, and CHOICE
 * is as it was; nor does anything where the deciding call was none on the connection itself.
 */
bool site_behind_loop(struct site_chooser *chooser, const struct leak *leak,
		      struct site_choice *choice);

#endif
