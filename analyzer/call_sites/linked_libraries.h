/* SPDX-License-Identifier: MIT */
/*
 * Code of libraries that programs link statically or keep a copy of: its module is the program's,
 * and its source may be at hand.
 */
#ifndef FINLEAK_LINKED_LIBRARIES_H
#define FINLEAK_LINKED_LIBRARIES_H

#include "analyzer/symbolize/symbolize.h"

/* Is FRAME, which is of no script, in such a library that makes calls for whoever uses it? */
bool is_linked_library(const struct frame *frame);

#endif
