/* SPDX-License-Identifier: MIT */
/* Which names of files a pack may have. */
#ifndef FINLEAK_PACK_NAMES_H
#define FINLEAK_PACK_NAMES_H

#include <stdbool.h>

/* Folders in folders below recordings/; as deep as reports look for recordings. */
#define PACK_DEPTH_MAX 8u

/*
 * Is NAME that of a recording, a sample or run.json below recordings/? Such a name leads nowhere
 * else: it has no part that is empty or begins with a dot.
 */
bool pack_name_is_good(const char *name);

#endif
