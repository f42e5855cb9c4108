/* SPDX-License-Identifier: MIT */
#include "analyzer/fingerprint.h"

#define FNV_PRIME 0x100000001b3u

uint64_t fingerprint_text(uint64_t hash, const char *text)
{
	/* The NUL is hashed too: it separates. */
	do {
		hash ^= (unsigned char)*text;
		hash *= FNV_PRIME;
	} while (*text++);
	return hash;
}
