/* SPDX-License-Identifier: MIT */
/*
 * Names of code that was made at run time: the map that a compiler writes for perf, a line
 * "START SIZE NAME" for each piece of code, both numbers in hex. V8, .NET, LuaJIT, PyPy, BEAM and
 * agents for the JVM write it.
 *
 * Code is moved and compiled again, and its place is used for other code. There is no time in the
 * map, so the last line about an address holds. It is hostile input.
 */
#ifndef FINLEAK_CODE_MAP_H
#define FINLEAK_CODE_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "analyzer/recordings/recording_snapshot.h"

struct code_map;

/* A map with more bytes is not read. Half a million functions have 50 MB. */
#define CODE_MAP_BYTES_MAX (128u << 20)

/*
 * The map in the SIZE bytes at TEXT, which becomes its own; lines that are none are left out. NULL
 * where none is one, and TEXT is freed. End with code_map_free().
 */
struct code_map *code_map_new(char *text, size_t size);

/* NULL is allowed. */
void code_map_free(struct code_map *map);

/*
 * Fills *place with the name of the code at ADDRESS, strings of MAP. False: no line is about it.
 */
bool code_map_find(struct code_map *map, uint64_t address, struct script_place *place);

#endif
