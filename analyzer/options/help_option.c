/* SPDX-License-Identifier: MIT */
#include "analyzer/options/help_option.h"

#include <stdio.h>
#include <stdlib.h>

/* argp prints options of group -1 last. */
#define LAST_GROUP (-1)
#define KEY_USAGE  0x1f00

static error_t parse_help(int key, char *argument, struct argp_state *state)
{
	(void)argument;
	switch (key) {
	case 'h':
	case '?':
		argp_state_help(state, state->out_stream, ARGP_HELP_STD_HELP);
		return 0;
	case KEY_USAGE:
		argp_state_help(state, state->out_stream, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	case 'V':
		fprintf(state->out_stream, "%s\n", argp_program_version);
		exit(EXIT_SUCCESS);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option options[] = {
	{ "help", 'h', NULL, 0, "print this list", LAST_GROUP },
	{ NULL, '?', NULL, OPTION_HIDDEN, NULL, LAST_GROUP },
	{ "usage", KEY_USAGE, NULL, 0, "print a short usage message", LAST_GROUP },
	{ "version", 'V', NULL, 0, "print the version", LAST_GROUP },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

static const struct argp parser = { .options = options, .parser = parse_help };

const struct argp_child help_option[] = {
	{ &parser, 0, NULL, 0 },
	{ NULL, 0, NULL, 0 },
};
