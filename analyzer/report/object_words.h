/* SPDX-License-Identifier: MIT */
/* What objects of C++ have to do with the fix of a finding. */
#ifndef FINLEAK_OBJECT_WORDS_H
#define FINLEAK_OBJECT_WORDS_H

#include "analyzer/report/report.h"

/*
 * The frame of LEAK's site, or of its caller, that is a constructor whose object's destructor
 * closes other connections; NULL: neither is.
 */
const struct frame *constructor_of(const struct report_leak *leak);

/* What has LEAK's sockets closed on all paths, as it is put behind how others are; or "". */
const char *scope_words(const struct report_leak *leak);

#endif
