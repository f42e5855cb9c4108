/* SPDX-License-Identifier: MIT */
/* What the source of a program does with its collections: lists, sets, tables. */
#ifndef FINLEAK_COLLECTION_USE_H
#define FINLEAK_COLLECTION_USE_H

#include "analyzer/source/source_cursor.h"

/* Does METHOD put its argument into a collection? */
bool puts_into_collection(struct name method);

/*
 * Is it certain that nothing in SOURCE takes what line NUMBER puts into COLLECTION out again? Not
 * where anything may happen to it but that it is read, or gets more.
 */
bool stays_in_collection(const struct source *source, struct name collection, unsigned int number);

#endif
