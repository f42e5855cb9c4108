/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_DURATION_H
#define FINLEAK_DURATION_H

#include <stdio.h>

/* Prints MS milliseconds as "740 us", "2.0 ms", "1.2 s", "3 min" or "2.5 h". */
void print_duration(FILE *out, double ms);

#endif
