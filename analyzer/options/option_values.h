/* SPDX-License-Identifier: MIT */
/* Parses the values of options; an invalid one ends finleak by usage_error(). */
#ifndef FINLEAK_OPTION_VALUES_H
#define FINLEAK_OPTION_VALUES_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "analyzer/options/options.h"

/* An -o belongs to the -f before it or, if that has one already, to the next. */
void option_take_output(struct options *options, struct argp_state *state, const char *path);
void option_take_format(struct options *options, struct argp_state *state, const char *name);

/* After the last option: without any -f the format is text; all outputs but one need an -o. */
void option_finish_outputs(struct options *options, struct argp_state *state);

/* A number from 1 up; OPTION is the option's name without dashes. */
size_t option_take_count(struct argp_state *state, const char *option, const char *text);

enum recorder_choice option_take_recorder(struct argp_state *state, const char *text);
int option_take_exitcode(struct argp_state *state, const char *text);
enum color_choice option_take_color(struct argp_state *state, const char *text);

/* A class by its name. */
enum leak_class option_take_class(struct argp_state *state, const char *text);

/* The name of a textfile, TEXT itself: the collector reads what ends in ".prom". */
const char *option_take_textfile(struct argp_state *state, const char *text);

/* "on" or "off"; OPTION is the option's name without dashes. */
bool option_take_switch(struct argp_state *state, const char *option, const char *text);

/* In ns; OPTION is the option's name without dashes. */
uint64_t option_take_duration(struct argp_state *state, const char *option, const char *text);

/* "100ms", "10s", "2m", "1h", "500us", "0.5" (seconds), in ns. Returns false if it is none. */
bool parse_duration(const char *text, uint64_t *ns);

/* A process ID; 0 if TEXT is none. */
int parse_pid(const char *text);

#endif
