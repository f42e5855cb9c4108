/* SPDX-License-Identifier: MIT */
/* The names that compilers give to their code in the map for perf, taken apart. */
#ifndef FINLEAK_CODE_NAME_H
#define FINLEAK_CODE_NAME_H

#include "analyzer/recordings/recording_snapshot.h"

/*
 * Fills *place with what is in NAME: function, file and the line that the function begins in, as
 * far as the spelling is known; else the function is NAME. Its strings are *function and *file, for
 * the caller to free, and static ones.
 */
void code_name_read(const char *name, struct script_place *place, char **function, char **file);

#endif
