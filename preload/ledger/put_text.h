/* SPDX-License-Identifier: MIT */
/*
 * Text without snprintf(): its code and its tables are seven pages that a forked child would have
 * to map. Each returns where the text ends, with a NUL. Signal-safe.
 */
#ifndef FINLEAK_PUT_TEXT_H
#define FINLEAK_PUT_TEXT_H

#include <stddef.h>
#include <string.h>

/* Stores TEXT, up to SIZE bytes of it, at PLACE, which has room for them and the NUL. */
static inline char *put_text(char *place, const char *text, size_t size)
{
	size_t length = strnlen(text, size);

	memcpy(place, text, length);
	place[length] = '\0';
	return place + length;
}

/* Stores NUMBER in decimal digits: up to ten. */
static inline char *put_number(char *place, unsigned int number)
{
	char digits[12];
	size_t i = sizeof(digits);

	do
		digits[--i] = (char)('0' + number % 10);
	while (number /= 10);
	return put_text(place, digits + i, sizeof(digits) - i);
}

#endif
