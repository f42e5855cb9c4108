/* SPDX-License-Identifier: MIT */
/*
 * Which frame is the site of a finding: the line that its reader goes to first.
 *
 * It is the innermost frame of the program's own code in the deciding stack. Where that stack comes
 * to the program by way of an event loop only, the loop's caller knows of no connection: other
 * stacks lead to the handler then (site_behind_loop.h, site_of_use.h). Loops are known by
 * name, or by what else goes through them (companions.h); and in the place of a wrapper of a call
 * stands who called it: of a function that several callers use (callers.h), or that does nothing
 * else (forwarding.h). stack_handlers.h knows this of each stack.
 */
#ifndef FINLEAK_SITE_CHOICE_H
#define FINLEAK_SITE_CHOICE_H

#include "analyzer/call_sites/site_chooser.h"

/*
 * LEAK may be one of those whose program connected again: learned of before sites are chosen, since
 * the last connection of such a program is of the same defect. No more leaks than a few are read.
 */
void site_learn(struct site_chooser *chooser, const struct leak *leak);

/* The site of LEAK. */
struct site_choice site_choose(struct site_chooser *chooser, const struct leak *leak);

/*
 * The outermost frame of own code that returns what CHOICE's has opened, in a program like LEAK's:
 * `return idle_count ? idle[--idle_count] : connect_to(port)`. NULL: none does.
 */
const struct frame *site_handed_out_by(struct site_chooser *chooser,
				       const struct site_choice *choice, const struct leak *leak);

#endif
