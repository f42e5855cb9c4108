/* SPDX-License-Identifier: MIT */
/* -h, --help, --usage and --version. argp's own set has no -h. */
#ifndef FINLEAK_HELP_OPTION_H
#define FINLEAK_HELP_OPTION_H

#include <argp.h>

/*
 * For the children of each parser, which is then to be run by argp_parse() with ARGP_NO_HELP. Each
 * of these options prints to standard output and ends finleak with 0.
 */
extern const struct argp_child help_option[];

#endif
