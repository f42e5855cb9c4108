/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_FILLED_TEXT_H
#define FINLEAK_FILLED_TEXT_H

#include "analyzer/rules/advice.h"

/*
 * TEXT with the WORDS in place of "{name}", each by its advice_word_name(); none is NULL. What else
 * stands in braces stays. The caller frees it.
 */
char *filled_text(const char *text, const char *const words[ADVICE_WORDS]);

#endif
