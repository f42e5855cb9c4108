/* SPDX-License-Identifier: MIT */
/* The one line on stderr for a file of the gate that can't be used. */
#ifndef FINLEAK_MALFORMED_H
#define FINLEAK_MALFORMED_H

#include <stdbool.h>

/* Prints "finleak: FILE:LINE: WHY", without LINE where that is 0. Always false. */
bool malformed(const char *file, unsigned int line, const char *why, ...)
	__attribute__((format(printf, 3, 4)));

/* Prints that FILE could not be read, by errno. Always false. */
bool malformed_unreadable(const char *file);

#endif
