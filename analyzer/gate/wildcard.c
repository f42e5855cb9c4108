/* SPDX-License-Identifier: MIT */
#include "analyzer/gate/wildcard.h"

#include <stddef.h>
#include <string.h>

#include "analyzer/base/allocate.h"

char *wildcard_of(const char *pattern)
{
	size_t length = strlen(pattern);
	bool from_start = length && pattern[0] == '^';
	bool to_end = length > (from_start ? 1 : 0) && pattern[length - 1] == '$';

	return allocate_printed("%s%.*s%s", from_start ? "" : "*",
				(int)(length - from_start - to_end), pattern + from_start,
				to_end ? "" : "*");
}

/* Where there is a mismatch the last '*' takes one character more; earlier ones need not. */
bool wildcard_matches(const char *wildcard, const char *text)
{
	const char *star = NULL, *taken = NULL;

	while (*text) {
		if (*wildcard == '*') {
			star = wildcard++;
			taken = text;
		} else if (*wildcard == *text) {
			wildcard++;
			text++;
		} else if (star) {
			wildcard = star + 1;
			text = ++taken;
		} else {
			return false;
		}
	}
	while (*wildcard == '*')
		wildcard++;
	return !*wildcard;
}
