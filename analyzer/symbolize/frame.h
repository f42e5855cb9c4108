/* SPDX-License-Identifier: MIT */
/* One line of a shown stack. */
#ifndef FINLEAK_FRAME_H
#define FINLEAK_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/symbolize/languages.h"

/* Strings are owned by the symbolizer and live as long as it does. */
struct frame {
	const char *function; /* NULL unknown; demangled */
	const char *file;     /* NULL unknown; --source-prefix applied */
	unsigned int line;    /* 0 unknown */
	bool inlined;         /* this function was inlined into the next frame */
	bool ends_with_call;  /* no frame of the stack: symbolizer_tail_call() */
	const char *callee;   /* of such a one: struct code_name */
	const char *module;   /* path; "" unknown */
	const char *build_id; /* hex; "" none */
	bool script;          /* interpreted: module is the script's own path, offset 0 */
	const struct language *language; /* of a script: frame_language() */
	uint64_t offset; /* of the return address in the module's file (address - bias) */
};

/* The language of a script's FRAME; NULL: it is native code. */
static inline const struct language *frame_language(const struct frame *frame)
{
	if (!frame->script)
		return NULL;
	return frame->language ? frame->language : language_named("");
}

#endif
