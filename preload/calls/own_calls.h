/* SPDX-License-Identifier: MIT */
/*
 * Calls of the recorder's own for runtimes, which find them by name (dlsym). Those for programs are
 * documented in finleak.h.
 */
#ifndef FINLEAK_OWN_CALLS_H
#define FINLEAK_OWN_CALLS_H

#include <stddef.h>
#include <stdint.h>

/* A line of a program, as its language counts. */
struct finleak_1_line {
	const char *function;
	const char *file;
	uint32_t line; /* 0 unknown */
};

/*
 * The socket FD, which has just been opened, was asked for earlier, by LINES: COUNT of them,
 * innermost first, in LANGUAGE (as the analyzer knows it: symbolize/languages.h). Everything is
 * copied. They stand in the place of the stack of the call that opened it, and of the one that made
 * it listen. -1: FD is not tracked, or there is no room; else 0. Any thread; not in a signal
 * handler.
 */
int finleak_1_opened_for(int fd, const char *language, const struct finleak_1_line *lines,
			 size_t count);

#endif
