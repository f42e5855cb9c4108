/* SPDX-License-Identifier: MIT */
/*
 * Short texts that are put together by printing. A report has hundreds of thousands of them, and
 * open_memstream() zeroes 8 KiB for each: so its streams are kept and used again. By one thread at
 * a time.
 */
#ifndef FINLEAK_PRINTED_TEXT_H
#define FINLEAK_PRINTED_TEXT_H

#include <stdio.h>

/* Begins a text: what is printed to the stream that is returned. Texts may be begun inside others.
 */
FILE *printed_text_begin(void);

/* Ends the text of OUT, which must not be used any more, and returns it. The caller frees it. */
char *printed_text_end(FILE *out);

#endif
