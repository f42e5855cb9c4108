/* SPDX-License-Identifier: MIT */
/*
 * The ids of findings: each the same in each run and build of the program, and no other's.
 *
 * An id is made of the class (for exit-unclosed the one that it would have had a moment later) and
 * the functions of the program's own code on the way to what decided and to where the sockets were
 * opened, with the names of their source files: no addresses, no lines, no folders, and no code of
 * libraries, whose names depend on which symbols are installed. Neither reason nor verdict is in
 * it, which depend on how the program ended. Where two places of one build are alike in all that,
 * as two reads in one function, they are numbered in the order of their lines.
 */
#ifndef FINLEAK_CALL_SITE_IDS_H
#define FINLEAK_CALL_SITE_IDS_H

#include "analyzer/call_sites/call_sites.h"

/* Gives each of SITES its id; notes too, so that no number depends on which are shown. */
void call_sites_identify(struct call_sites *sites, struct symbolizer *symbolizer);

#endif
