/* SPDX-License-Identifier: MIT */
/* Printing untrusted text: names from recordings may hold anything (P12). */
#ifndef FINLEAK_UTF8_H
#define FINLEAK_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Decodes the character at TEXT (NUL-terminated) into *character and returns its length in bytes;
 * 0 at the end of TEXT. An invalid byte has length 1 and character UINT32_MAX.
 */
size_t utf8_decode(const char *text, uint32_t *character);

/* True for what can control a terminal or break a line, and for UINT32_MAX. */
bool utf8_is_unsafe(uint32_t character);

/* Does TEXT hold nothing that is unsafe? */
bool utf8_is_safe(const char *text);

/*
 * Writes TEXT to OUT so that it can't control a terminal or break a line: control characters,
 * direction overrides and invalid bytes become \xNN.
 */
void utf8_print_escaped(FILE *out, const char *text);

/* A copy of TEXT with each invalid byte replaced by U+FFFD; the caller frees it. */
char *utf8_valid_copy(const char *text);

#endif
