/* SPDX-License-Identifier: MIT */
/* The hash (FNV-1a) that identifies a finding from one run to the next. */
#ifndef FINLEAK_FINGERPRINT_H
#define FINLEAK_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

/* The hash of nothing. */
#define FINGERPRINT_BASIS 0xcbf29ce484222325u

/* HASH, continued with SIZE bytes. */
uint64_t fingerprint_bytes(uint64_t hash, const void *bytes, size_t size);

/* HASH, continued with TEXT and its NUL: ("a", "bc") and ("ab", "c") differ. */
uint64_t fingerprint_text(uint64_t hash, const char *text);

#endif
