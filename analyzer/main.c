/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/options/options.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/options/usage_error.h"
#include "analyzer/verbs/verbs.h"

/* argp looks this up by name: it must be visible in spite of -fvisibility=hidden. */
__attribute__((visibility("default"))) const char *argp_program_version =
	"finleak " FINLEAK_VERSION;

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "run", verb_run },   { "report", verb_report },   { "watch", verb_watch },
	{ "scan", verb_scan }, { "explain", verb_explain },
};

/* Without a verb: --help, --version, --usage, or an error. */
static error_t parse_top(int key, char *argument, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		usage_error(state->name,
			    "unknown command '%s': expected run, report, watch, scan or explain",
			    argument);
		return 0;
	case ARGP_KEY_NO_ARGS:
		usage_error(state->name,
			    "missing command: expected run, report, watch, scan or explain");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option no_options[] = { { NULL, 0, NULL, 0, NULL, 0 } };
	static const struct argp parser = {
		.parser = parse_top,
		.args_doc = "run [OPTION...] [--] PROGRAM [ARG...]\n"
			    "report [OPTION...] [RECORDING|DIR...]\n"
			    "watch [OPTION...] PID|DIR\n"
			    "scan [OPTION...] [PID...]\n"
			    "explain [CLASS]",
		.doc = "finleak finds the line of code that forgot to close a socket."
		       "\v`finleak COMMAND --help` lists the options of each.",
	};
	char name[] = "finleak";
	size_t i;

	argp_err_exit_status = EXIT_NOT_JUDGED;
	for (i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	if (argc > 0)
		argv[0] = name;
	usage_check_options(name, no_options, true, argc, argv);
	argp_parse(&parser, argc, argv, ARGP_IN_ORDER, NULL, NULL);
	return EXIT_NOT_JUDGED;
}
