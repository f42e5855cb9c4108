/* SPDX-License-Identifier: MIT */
/*
 * One line of source, several places in the machine code: compilers copy a call into each branch
 * that reaches it, and the user would read the same finding twice.
 */
#ifndef FINLEAK_CALL_SITE_TWINS_H
#define FINLEAK_CALL_SITE_TWINS_H

#include "analyzer/call_sites/call_sites.h"

/*
 * Joins the sites whose stacks read the same, function by function and line by line, in the frames
 * that identify it (identifying_frames.h; GLOBS as there).
 */
void call_sites_join_twins(struct call_sites *sites, struct symbolizer *symbolizer,
			   const struct own_globs *globs);

/*
 * Joins the findings that an event loop makes of one defect. Where it read too little for a handler
 * to be seen, the site of a connection is where it was opened, or its listener's: it goes with the
 * others of that listener, if these have one handler. And a handler that read the end itself is the
 * one that the loop has read it for.
 */
void call_sites_join_handlers(struct call_sites *sites, struct symbolizer *symbolizer,
			      const struct own_globs *globs);

/*
 * Joins A and B, which have their ids; one of them ends. Returns the other one, whose id it is:
 * that which would come first among findings that are alike.
 */
struct call_site *call_sites_join_two(struct call_sites *sites, struct call_site *a,
				      struct call_site *b);

#endif
