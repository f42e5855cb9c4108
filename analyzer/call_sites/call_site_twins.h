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

#endif
