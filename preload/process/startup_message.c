/* SPDX-License-Identifier: MIT */
#include "preload/process/startup_message.h"

#include <stdio.h>
#include <unistd.h>
#include "preload/platform/real_calls.h"

#define SHOWN_MAX 200

/* Copies TEXT, with what would not be one line on a terminal as \xNN. TO has room for all of it. */
static void escape(char *to, const char *text)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < SHOWN_MAX && text[i]; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c >= ' ' && c != 0x7f && c != '\\' && c < 0x80) {
			*to++ = (char)c;
			continue;
		}
		*to++ = '\\';
		*to++ = 'x';
		*to++ = digits[c >> 4];
		*to++ = digits[c & 15];
	}
	*to = '\0';
}

void startup_message(const char *before, const char *text, const char *after)
{
	char shown[4 * SHOWN_MAX + 1], line[sizeof(shown) + 256];
	int length;

	escape(shown, text);
	/* Using stdio here would change the state in which the program finds it. */
	length = snprintf(line, sizeof(line), "finleak: %s '%s' %s\n", before, shown, after);
	if (length > 0 && real.write(STDERR_FILENO, line, (size_t)length) < 0)
		return;
}
