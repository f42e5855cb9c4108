/* SPDX-License-Identifier: MIT */
/* Parses the command line of each verb, by argp. */
#ifndef FINLEAK_PARSE_OPTIONS_H
#define FINLEAK_PARSE_OPTIONS_H

#include "analyzer/options/options.h"

/*
 * Parse the arguments of a verb (argv[0] is the verb). On an error, --help, --version or --usage
 * they end the program: with 125 or 0. End with options_clear.
 */
void options_parse_run(struct options *options, int argc, char **argv);
void options_parse_attach(struct options *options, int argc, char **argv);
void options_parse_report(struct options *options, int argc, char **argv);
void options_parse_watch(struct options *options, int argc, char **argv);
void options_parse_diff(struct options *options, int argc, char **argv);
void options_parse_pack(struct options *options, int argc, char **argv);
void options_parse_scan(struct options *options, int argc, char **argv);
void options_clear(struct options *options);

#endif
