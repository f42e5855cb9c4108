/* SPDX-License-Identifier: MIT */
/* What each option sets, of the command line or a settings file. */
#ifndef FINLEAK_TAKE_OPTION_H
#define FINLEAK_TAKE_OPTION_H

#include <argp.h>

#include "analyzer/options/options.h"

/*
 * Takes the option KEY with ARGUMENT, which must outlive STATE's input, a struct options. Ends the
 * process with a usage error where ARGUMENT is none for it. Returns 0, or ARGP_ERR_UNKNOWN: KEY is
 * no option.
 */
error_t options_take(int key, char *argument, struct argp_state *state);

/* All were taken: checks what goes with what. The rest of STATE's arguments are OPTIONS' own. */
void options_finish(struct options *options, struct argp_state *state);

#endif
