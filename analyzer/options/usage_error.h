/* SPDX-License-Identifier: MIT */
/* Reports errors of the command line in one line; argp would print two. */
#ifndef FINLEAK_USAGE_ERROR_H
#define FINLEAK_USAGE_ERROR_H

#include <argp.h>
#include <stdbool.h>

/*
 * Ends finleak with 125 and the line "finleak: WHAT; see 'NAME --help'". NAME: "finleak run", or
 * state->name of the current parser.
 */
__attribute__((format(printf, 2, 3))) _Noreturn void usage_error(const char *name,
								 const char *format, ...);

/* From now on usage_error() reports LINE of FILE, not the command line; FILE NULL: the latter. */
void usage_error_in(const char *file, unsigned int line);

/* A command line and the options that it may have; IN_ORDER as in usage_check_options(). */
struct usage_line {
	const struct argp_option *options;
	bool in_order;
	int argc;
	char **argv;
};

/* Does LINE have the option KEY? *ARGUMENT (may be NULL) becomes the argument of the last one. */
bool usage_line_has(const struct usage_line *line, int key, const char **argument);

/* Does LINE have one of help_option? */
bool usage_line_asks_for_help(const struct usage_line *line);

/*
 * Ends finleak by usage_error() if ARGV has an option that is neither in OPTIONS nor in
 * help_option, or an option without its argument, before argp can report it. IN_ORDER: the first
 * argument that is no option ends the options. ARGV keeps its order.
 */
void usage_check_options(const char *name, const struct argp_option *options, bool in_order,
			 int argc, char **argv);

#endif
