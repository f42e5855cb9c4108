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

/*
 * Ends finleak by usage_error() if ARGV has an option that is neither in OPTIONS nor in
 * help_option, or an option without its argument, before argp can report it. IN_ORDER: the first
 * argument that is no option ends the options. ARGV keeps its order.
 */
void usage_check_options(const char *name, const struct argp_option *options, bool in_order,
			 int argc, char **argv);

#endif
