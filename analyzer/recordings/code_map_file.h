/* SPDX-License-Identifier: MIT */
/*
 * The file with the map of code that a recorded process made at run time: NAME.map beside the
 * recording NAME.finleak, where `finleak run` keeps it, or /tmp/perf-PID.map, where the process
 * writes it.
 */
#ifndef FINLEAK_CODE_MAP_FILE_H
#define FINLEAK_CODE_MAP_FILE_H

#include "analyzer/recordings/code_map.h"

#define CODE_MAP_SUFFIX ".map"

/*
 * The map of RECORDING's process; NULL: there is none, or what has its name is not surely it. In
 * /tmp that must be a regular file, no link, of whoever wrote the recording, and written to while
 * the process ran.
 */
struct code_map *code_map_of(const struct recording *recording);

/*
 * Keeps the map in /tmp of process PID, which wrote the recording at PATH and has ended: a copy
 * beside the recording. One that finleak has asked for (OPTION_CODE_MAP) is removed from /tmp.
 * Returns 0, also where there is nothing to keep, or an errno.
 */
int code_map_keep(const char *path, int pid);

#endif
