/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/exit_status.h"
#include "analyzer/base/utf8.h"
#include "analyzer/launch/launch.h"
#include "analyzer/options/help_option.h"
#include "analyzer/options/usage_error.h"
#include "analyzer/verbs/verbs.h"

#define COUNT_OF(array)   (sizeof(array) / sizeof((array)[0]))
#define KEY_PRINT_LIBRARY 0x1000
#define VERB_NAMES        "run, attach, report, watch, scan, diff, pack, explain or help"

/* argp looks this up by name: it must be visible in spite of -fvisibility=hidden. */
__attribute__((visibility("default"))) const char *argp_program_version =
	"finleak " FINLEAK_VERSION;

/* By this the recorder knows that the program is finleak, and does not start. */
__attribute__((visibility("default"))) extern const char finleak_program[];
const char finleak_program[] = FINLEAK_VERSION;

static int verb_help(int argc, char **argv);

static const struct verb {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "run", verb_run },     { "attach", verb_attach },   { "report", verb_report },
	{ "watch", verb_watch }, { "scan", verb_scan },       { "diff", verb_diff },
	{ "pack", verb_pack },   { "explain", verb_explain }, { "help", verb_help },
};

static const struct verb *verb_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT_OF(verbs); i++)
		if (strcmp(name, verbs[i].name) == 0)
			return &verbs[i];
	return NULL;
}

/* --print-library: `LD_PRELOAD=$(finleak --print-library)` must not run unrecorded in silence. */
static int print_library(void)
{
	char reason[512];
	const char *library = launch_library(reason, sizeof(reason));

	if (library && puts(library) >= 0 && fflush(stdout) == 0)
		return EXIT_SUCCESS;
	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, library ? "standard output cannot be written" : reason);
	fputc('\n', stderr);
	return EXIT_NOT_JUDGED;
}

/* Without a verb: --help, --version, --usage, or an error. */
static error_t parse_top(int key, char *argument, struct argp_state *state)
{
	switch (key) {
	case KEY_PRINT_LIBRARY:
		exit(print_library());
	case ARGP_KEY_ARG:
		usage_error(state->name, "unknown command '%s': expected " VERB_NAMES, argument);
		return 0;
	case ARGP_KEY_NO_ARGS:
		usage_error(state->name, "missing command: expected " VERB_NAMES);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static int parse_without_verb(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{ "print-library", KEY_PRINT_LIBRARY, NULL, 0,
		  "print the path of libfinleak.so, for LD_PRELOAD", 0 },
		{ NULL, 0, NULL, 0, NULL, 0 },
	};
	static const struct argp parser = {
		.options = options,
		.parser = parse_top,
		.children = help_option,
		.args_doc = "run [OPTION...] [--] PROGRAM [ARG...]\n"
			    "attach [OPTION...] PID...\n"
			    "report [OPTION...] [RECORDING|DIR|PACK...]\n"
			    "watch [OPTION...] PID|DIR\n"
			    "scan [OPTION...] [PID...]\n"
			    "diff [OPTION...] OLD NEW\n"
			    "pack [OPTION...] DIR\n"
			    "explain [CLASS|REASON]\n"
			    "help [COMMAND]",
		.doc = "finleak finds the line of code that forgot to close a socket.\vrun      "
		       "run PROGRAM with the recorder, then report\nattach   record running "
		       "processes from the kernel, then report\nreport   report on recordings: "
		       "finished, killed or still being written\nwatch    show live which sites "
		       "leak\nscan     report what the kernel shows of running processes, "
		       "without a recorder\ndiff     compare two reports: which leaks are new, "
		       "grown, gone\npack     pack recordings into one small file, to report on "
		       "elsewhere\nexplain  print what a class of leaks means and how to fix "
		       "it\nhelp     print the options of a command (also COMMAND --help)",
	};
	char name[] = "finleak";

	if (argc > 0)
		argv[0] = name;
	usage_check_options(name, options, true, argc, argv);
	argp_parse(&parser, argc, argv, ARGP_IN_ORDER | ARGP_NO_HELP, NULL, NULL);
	return EXIT_NOT_JUDGED;
}

/* `finleak help VERB` is `finleak VERB --help`. */
static int verb_help(int argc, char **argv)
{
	char name[] = "finleak", option[] = "--help";
	char *asked[] = { argc > 1 ? argv[1] : name, option, NULL };
	const struct verb *verb;

	if (argc <= 1 || argv[1][0] == '-' || strcmp(argv[1], "help") == 0)
		return parse_without_verb(2, asked);
	verb = verb_by_name(argv[1]);
	if (!verb)
		usage_error(name, "there is no command '%s': expected " VERB_NAMES, argv[1]);
	return verb->run(2, asked);
}

int main(int argc, char **argv)
{
	const struct verb *verb = argc > 1 ? verb_by_name(argv[1]) : NULL;

	argp_err_exit_status = EXIT_NOT_JUDGED;
	return verb ? verb->run(argc - 1, argv + 1) : parse_without_verb(argc, argv);
}
