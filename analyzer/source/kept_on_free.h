/* SPDX-License-Identifier: MIT */
/* Objects of a library that leave their descriptor open when they are freed, by how they were made.
 */
#ifndef FINLEAK_KEPT_ON_FREE_H
#define FINLEAK_KEPT_ON_FREE_H

#include <stdbool.h>

#include "analyzer/symbolize/symbolize.h"

/*
 * Does the function of FRAME (may be NULL; its line is in it, or defines it) free a bufferevent,
 * and does its file make none with BEV_OPT_CLOSE_ON_FREE? False where options are not written out.
 */
bool is_kept_on_free(struct symbolizer *symbolizer, const struct frame *frame);

#endif
