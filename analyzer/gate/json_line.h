/* SPDX-License-Identifier: MIT */
/* Where in a JSON text something stands: json-c does not keep that. */
#ifndef FINLEAK_JSON_LINE_H
#define FINLEAK_JSON_LINE_H

#include <stddef.h>

/*
 * The line, from 1, at which element INDEX begins of the array that is member KEY of the document
 * TEXT, which is valid JSON; 1 where there is none.
 */
unsigned int json_line_of_element(const char *text, const char *key, size_t index);

#endif
