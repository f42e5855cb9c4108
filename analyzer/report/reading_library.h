/* SPDX-License-Identifier: MIT */
/* Libraries that read and close sockets for a program: it never calls close() itself. */
#ifndef FINLEAK_READING_LIBRARY_H
#define FINLEAK_READING_LIBRARY_H

#include <stddef.h>

#include "analyzer/report/report.h"

/*
 * The one that reads in a stack of COUNT FRAMES, innermost first, below SITE (one of them, or
 * NULL); NULL: none that is known.
 */
const struct reading_library *reading_library_of(const struct frame *frames, size_t count,
						 const struct frame *site);

/*
 * LIBRARY (NULL: none) as the program uses it, where that has several ways to do so, by all of
 * LEAK's stacks: asyncio's streams or its protocols. LIBRARY itself, where they don't show it.
 */
const struct reading_library *reading_library_as_used(const struct reading_library *library,
						      const struct report_leak *leak);

/*
 * What a callback for new connections does to have them read, by the call that REGISTERED it:
 * "sets that read callback". NULL: that call is another one. Static.
 */
const char *reading_library_start(const struct frame *registered, struct symbolizer *symbolizer);

/*
 * The line in the function that REGISTERED (NULL: none) a callback which limits how much the
 * library reads ahead: it stops while that is not taken. 0: none does.
 */
unsigned int reading_library_limit(const struct frame *registered, struct symbolizer *symbolizer);

/*
 * The only line in the file of SITE (NULL: unknown) that has netty stop reading:
 * `setAutoRead(false)`. 0: there is none, or several are.
 */
unsigned int reading_library_pause(const struct frame *site, struct symbolizer *symbolizer);

/*
 * The call of a library that SITE makes, as OpenSSL's "SSL_accept()": by the frame further INSIDE
 * (NULL: there is none), else by SITE's source line; the caller frees it. NULL: not known.
 */
char *reading_library_call(const struct frame *inside, const struct frame *site,
			   struct symbolizer *symbolizer);

#endif
