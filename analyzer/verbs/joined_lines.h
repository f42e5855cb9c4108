/* SPDX-License-Identifier: MIT */
/* A stream that turns what is written to it into one line. */
#ifndef FINLEAK_JOINED_LINES_H
#define FINLEAK_JOINED_LINES_H

#include <stdio.h>

/*
 * Returns a stream that writes to TO, which it does not close, without ends of lines and the blanks
 * after them; NULL with errno. Closing it ends the line.
 */
FILE *joined_lines_open(FILE *to);

#endif
