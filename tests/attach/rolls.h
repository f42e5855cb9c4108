/* SPDX-License-Identifier: MIT */
/* Numbers that look random and are the same each time. */
#ifndef FINLEAK_TEST_ROLLS_H
#define FINLEAK_TEST_ROLLS_H

#include <stdint.h>

/* Set it, to anything but 0, before the first roll. */
static uint64_t state;

/* A number below BELOW; 0: any. */
static uint64_t roll(uint64_t below)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return below ? state % below : state;
}

#endif
