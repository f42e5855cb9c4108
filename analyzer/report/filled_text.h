/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_FILLED_TEXT_H
#define FINLEAK_FILLED_TEXT_H

#include "analyzer/rules/advice.h"

/* The words for WORD, which the caller frees; never NULL. */
typedef char *words_for(const void *context, enum advice_word word);

/*
 * TEXT with what WORDS returns for CONTEXT in place of each "{name}", an advice_word_name(). What
 * else stands in braces stays. The caller frees it.
 */
char *filled_text(const char *text, words_for *words, const void *context);

#endif
