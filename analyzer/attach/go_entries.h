/* SPDX-License-Identifier: MIT */
/* Where functions of a Go program begin in its file, stripped or not. The file is hostile input. */
#ifndef FINLEAK_GO_ENTRIES_H
#define FINLEAK_GO_ENTRIES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Sets OFFSETS[i] to where NAMES[i] of COUNT begins in the file FD, which stays open; 0: it does
 * not, or its arguments are not in registers (Go 1.16 and older), or the file is not a Go program.
 */
void go_entries_find(int fd, const char *const *names, size_t count, uint64_t *offsets);

#endif
