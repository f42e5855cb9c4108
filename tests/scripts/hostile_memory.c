/* SPDX-License-Identifier: MIT */
#include "tests/scripts/hostile_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static uint64_t every, state;

static uint64_t next_number(void)
{
	uint64_t number = __atomic_add_fetch(&state, 0x9e3779b97f4a7c15, __ATOMIC_RELAXED);

	number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9;
	number = (number ^ number >> 27) * 0x94d049bb133111eb;
	return number ^ number >> 31;
}

static void start(void)
{
	const char *text = getenv("HOSTILE_EVERY"), *seed = getenv("HOSTILE_SEED");

	state = seed ? strtoull(seed, NULL, 10) : 0;
	every = text ? strtoull(text, NULL, 10) : UINT64_MAX;
}

/* Something else in the place of WORD. */
static uint64_t accident(uint64_t word, uint64_t number)
{
	static uint64_t earlier;
	uint64_t before = __atomic_exchange_n(&earlier, word, __ATOMIC_RELAXED);
	const uint64_t accidents[] = {
		0,
		UINT64_MAX,
		number,
		word + 8, /* another field */
		word - 8 * (number & 63),
		word + 1,                        /* not aligned */
		before,                          /* a ring, or the wrong kind */
		word + 4096 * (number & 0xffff), /* most likely not there */
		number & 0xff,
		INT32_MAX,
		(uintptr_t)&word & ~(uintptr_t)7, /* a stack that changes */
	};

	return accidents[number / 64 % (sizeof(accidents) / sizeof(accidents[0]))];
}

void hostile_copy(void *to, const void *from, size_t size)
{
	uint64_t word = 0, number;

	if (!every)
		start();
	memcpy(to, from, size);
	number = next_number();
	if (number % every != 0)
		return;
	number = next_number();
	if (size > sizeof(word)) {
		((unsigned char *)to)[number % size] ^= (unsigned char)(number >> 32 | 1);
		return;
	}
	memcpy(&word, to, size);
	word = accident(word, number);
	memcpy(to, &word, size);
}
