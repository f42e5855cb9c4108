/* SPDX-License-Identifier: MIT */
/* What the file of a program that is about to be executed shows of it. Signal-safe, any thread.
 */
#ifndef FINLEAK_EXEC_FILE_H
#define FINLEAK_EXEC_FILE_H

#include <stdbool.h>

/*
 * Does the loader preload no library into PATH, relative to FOLDER as openat() has it: because it
 * is static, or of another architecture or libc? False also where the file can't be read.
 */
bool exec_file_is_never_preloaded(int folder, const char *path);

/*
 * Is PATH a program that neither opens sockets, nor starts programs, nor loads code by itself, by
 * the names that it imports? False where that is not certain: then it may.
 */
bool exec_file_opens_no_sockets(int folder, const char *path);

#endif
