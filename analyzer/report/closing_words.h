/* SPDX-License-Identifier: MIT */
/* How the code of a finding spells the close of a connection. */
#ifndef FINLEAK_CLOSING_WORDS_H
#define FINLEAK_CLOSING_WORDS_H

#include "analyzer/report/report.h"

/* Those of LEAK's site: of its library, language or stream. OF_LIBRARY: filled in, and returned,
 * where a library reads. */
const struct closing_words *closing_words_of(const struct report_leak *leak,
					     struct closing_words *of_library);

/* Those of the compiled languages whose programs see no descriptor; NULL: the source FILE is of
 * none.
 */
const struct closing_words *closing_words_of_source(const char *file);

#endif
