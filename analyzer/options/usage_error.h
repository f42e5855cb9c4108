/* SPDX-License-Identifier: MIT */
/* Says what is wrong with a command line in one line, where argp would take two of its own. */
#ifndef FINLEAK_USAGE_ERROR_H
#define FINLEAK_USAGE_ERROR_H

#include <argp.h>
#include <stdbool.h>

/*
 * Ends finleak with 125 and the line "finleak: WHAT; see 'NAME --help'". NAME: "finleak run"; of a
 * parser under way it is state->name.
 */
__attribute__((format(printf, 2, 3))) _Noreturn void usage_error(const char *name,
								 const char *format, ...);

/*
 * Ends finleak by usage_error() where ARGV has an option that is neither one of OPTIONS nor one
 * that argp brings along, or one whose argument is missing: argp never meets it then. IN_ORDER: the
 * first argument that is no option ends the options. ARGV is left in its order.
 */
void usage_check_options(const char *name, const struct argp_option *options, bool in_order,
			 int argc, char **argv);

#endif
