/* SPDX-License-Identifier: MIT */
#include "analyzer/base/fingerprint.h"

#include <string.h>

#define FNV_PRIME 0x100000001b3u

uint64_t fingerprint_bytes(uint64_t hash, const void *bytes, size_t size)
{
	const uint8_t *byte = bytes;
	size_t i;

	for (i = 0; i < size; i++)
		hash = (hash ^ byte[i]) * FNV_PRIME;
	return hash;
}

uint64_t fingerprint_text(uint64_t hash, const char *text)
{
	return fingerprint_bytes(hash, text, strlen(text) + 1);
}
