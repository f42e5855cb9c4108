/* SPDX-License-Identifier: MIT */
/* symbols.json of a pack: the names of code, and lines of source, that a symbolizer knows. */
#ifndef FINLEAK_PACK_SYMBOLS_H
#define FINLEAK_PACK_SYMBOLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "analyzer/symbolize/imported_names.h"
#include "analyzer/symbolize/symbolize.h"

/* Bytes of text. The tree that json-c makes of it is about ten times as large. */
#define PACK_SYMBOLS_MAX (64 << 20)

/* Writes what SYMBOLIZER knows, but no more than a reader takes, to OUT. */
void pack_symbols_write(const struct symbolizer *symbolizer, FILE *out);

/* Adds what is in the SIZE bytes of TEXT, which is hostile, to NAMES. Returns false if it is none.
 */
bool pack_symbols_read(const char *text, size_t size, struct imported_names *names);

#endif
