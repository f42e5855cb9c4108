/* SPDX-License-Identifier: MIT */
/*
 * The rows of each class. Of the rows that fit, the first counts: a general row stands after its
 * special cases.
 */
#ifndef FINLEAK_ADVICE_TABLES_H
#define FINLEAK_ADVICE_TABLES_H

#include <stddef.h>

#include "analyzer/rules/classes.h"

#define ANY_REASON REASON_COUNT

struct advice;

struct advice_table {
	const struct advice *rows;
	size_t count;
};

extern const struct advice_table advice_of_eof_unclosed;
extern const struct advice_table advice_of_fin_unread;
extern const struct advice_table advice_of_never_accepted;
extern const struct advice_table advice_of_duplicate_held;
extern const struct advice_table advice_of_held_elsewhere;
extern const struct advice_table advice_of_shutdown_unclosed;
extern const struct advice_table advice_of_error_unclosed;
extern const struct advice_table advice_of_connect_unclosed;
extern const struct advice_table advice_of_late_close;
extern const struct advice_table advice_of_exit_unclosed;

#endif
