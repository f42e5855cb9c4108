/* SPDX-License-Identifier: MIT */
#include "analyzer/options/parse_options.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/options/help_option.h"
#include "analyzer/options/option_tables.h"
#include "analyzer/options/settings.h"
#include "analyzer/options/take_option.h"
#include "analyzer/options/usage_error.h"
#include "analyzer/symbolize/imported_names.h"

#define MIN_HELD_DEFAULT_NS 100000000ull
#define LATE_DEFAULT_NS     (10 * NS_PER_S)
#define IDLE_DEFAULT_NS     (3 * NS_PER_S)
#define OBSERVE_DEFAULT_NS  NS_PER_S
#define INTERVAL_DEFAULT_NS NS_PER_S

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	error_t error = options_take(key, argument, state);

	if (!error)
		settings_note_source(state->input, key, argument);
	return error;
}

/* PROGRAM ends finleak's options: the rest is PROGRAM's. */
static error_t parse_run(int key, char *argument, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		state->next--;
		options_finish(state->input, state);
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		if (!((struct options *)state->input)->show_options)
			usage_error(state->name, "missing PROGRAM");
		options_finish(state->input, state);
		return 0;
	default:
		return parse_option(key, argument, state);
	}
}

static error_t parse_report(int key, char *argument, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARGS:
		options_finish(state->input, state);
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		options_finish(state->input, state);
		return 0;
	default:
		return parse_option(key, argument, state);
	}
}

static void set_defaults(struct options *options)
{
	*options = (struct options){
		.interval_ns = INTERVAL_DEFAULT_NS,
		.report.judge = { .min_held_ns = MIN_HELD_DEFAULT_NS,
				  .late_ns = LATE_DEFAULT_NS,
				  .idle_ns = IDLE_DEFAULT_NS },
		.observe_ns = OBSERVE_DEFAULT_NS,
	};
}

/* Before PROGRAM starts: a gate that can't be used is no gate. */
static void read_gate_files(struct options *options)
{
	size_t i;

	for (i = 0; i < options->suppression_count; i++)
		if (!suppressions_read(&options->report.suppressions, options->suppressions[i]))
			exit(EXIT_NOT_JUDGED);
	if (!options->baseline_path)
		return;
	options->baseline.path = options->baseline_path;
	options->report.baseline = &options->baseline;
	/* The first one. */
	if (options->update_baseline && access(options->baseline_path, F_OK) != 0 &&
	    errno == ENOENT)
		return;
	if (!baseline_read(&options->baseline, options->baseline_path))
		exit(EXIT_NOT_JUDGED);
}

static void read_settings(struct options *options, const char *name, const struct argp *parser,
			  bool in_order, int argc, char **argv)
{
	const struct usage_line line = { parser->options, in_order, argc, argv };
	const char *named = NULL;

	/* Whoever needs help gets it, whatever is in a file. */
	if (usage_line_has(&line, KEY_NO_SETTINGS, NULL) || usage_line_asks_for_help(&line))
		return;
	usage_line_has(&line, KEY_SETTINGS, &named);
	settings_file_read(&options->settings, named);
	settings_take(&options->settings, name, parser->options, parse_option, options);
}

/* "finleak run" in messages and help; argp takes the name from argv[0]. */
static void parse(struct options *options, const struct argp *parser, const char *name, int argc,
		  char **argv, unsigned int flags)
{
	char *verb = argv[0];

	set_defaults(options);
	argv[0] = allocate_printed("finleak %s", name);
	usage_check_options(argv[0], parser->options, flags & ARGP_IN_ORDER, argc, argv);
	read_settings(options, argv[0], parser, flags & ARGP_IN_ORDER, argc, argv);
	argp_parse(parser, argc, argv, flags | ARGP_NO_HELP, NULL, options);
	free(argv[0]);
	argv[0] = verb;
	if (options->show_options) {
		settings_show(options, parser->options);
		exit(fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_NOT_JUDGED);
	}
	read_gate_files(options);
}

void options_parse_run(struct options *options, int argc, char **argv)
{
	static const struct argp parser = {
		.options = run_options,
		.parser = parse_run,
		.children = help_option,
		.args_doc = "[--] PROGRAM [ARG...]",
		.doc = "Run PROGRAM under the recorder, then report the sockets that it "
		       "leaked.\vThe exit status is PROGRAM's own, or N of --error-exitcode if "
		       "that is 0 and there are leaks. 125: finleak itself failed or could not "
		       "judge; 126: PROGRAM could not be executed; 127: PROGRAM was not found.",
	};

	parse(options, &parser, "run", argc, argv, ARGP_IN_ORDER);
}

void options_parse_attach(struct options *options, int argc, char **argv)
{
	static const struct argp parser = {
		.options = attach_options,
		.parser = parse_report,
		.children = help_option,
		.args_doc = "PID...",
		.doc = "Record running processes and their children from the kernel (eBPF) "
		       "until Ctrl-C, --duration or their end, then report.\vThe processes are "
		       "neither stopped nor changed. The exit status is 0, or N of "
		       "--error-exitcode if there are leaks; 125: finleak itself failed or "
		       "could not judge.",
	};

	parse(options, &parser, "attach", argc, argv, 0);
}

void options_parse_report(struct options *options, int argc, char **argv)
{
	static const struct argp parser = {
		.options = report_options,
		.parser = parse_report,
		.children = help_option,
		.args_doc = "[RECORDING|DIR|PACK...]",
		.doc = "Report on recordings: finished, killed or still being written.\vWithout "
		       "arguments, finleak reads the newest ./finleak.* folder or "
		       "./finleak-recordings. The exit status is 0, or N of --error-exitcode if "
		       "there are leaks; 125: finleak itself failed or could not judge.",
	};

	parse(options, &parser, "report", argc, argv, 0);
}

void options_parse_watch(struct options *options, int argc, char **argv)
{
	static const struct argp parser = {
		.options = watch_options,
		.parser = parse_report,
		.children = help_option,
		.args_doc = "PID|DIR",
		.doc = "Show live where sockets leak and whether it gets worse: in a process "
		       "(and those related to it) or in a folder of recordings.\vOn a terminal, "
		       "keys sort the sites, open a site's stacks and source, freeze the "
		       "screen, write a report (to -o) and quit; h lists them. Without a "
		       "terminal, finleak prints plain lines until the watched processes have "
		       "ended, and then writes the report to -o. The exit status is 0, or N of "
		       "--error-exitcode if there are leaks; 125: finleak itself failed or "
		       "could not judge.",
	};

	parse(options, &parser, "watch", argc, argv, 0);
}

void options_parse_pack(struct options *options, int argc, char **argv)
{
	static const struct argp parser = {
		.options = pack_options,
		.parser = parse_report,
		.children = help_option,
		.args_doc = "DIR",
		.doc = "Pack a folder of recordings into one small file, which `finleak report` "
		       "reads on any machine.\vA pack is a tar archive, compressed with zstd, "
		       "of the recordings, samples, options and the names of all code in them. "
		       "The exit status is 0, or 125 if finleak failed.",
	};

	parse(options, &parser, "pack", argc, argv, 0);
}

void options_parse_scan(struct options *options, int argc, char **argv)
{
	static const struct argp parser = {
		.options = scan_options,
		.parser = parse_report,
		.children = help_option,
		.args_doc = "[PID...]",
		.doc = "Report what the kernel shows of running processes, without a recorder: "
		       "connections stuck in CLOSE_WAIT or a similar state.\vWithout PID, finleak "
		       "examines every process that it may. The exit status is 0, or N of "
		       "--error-exitcode if there are leaks; 125: finleak itself failed or "
		       "could not judge.",
	};

	parse(options, &parser, "scan", argc, argv, 0);
}

void options_parse_diff(struct options *options, int argc, char **argv)
{
	static const struct argp parser = {
		.options = diff_options,
		.parser = parse_report,
		.children = help_option,
		.args_doc = "OLD NEW",
		.doc = "Compare the leaks of two reports: which are new, grown, gone, "
		       "unchanged.\vOLD and NEW are JSON reports, baselines, recordings, "
		       "folders of recordings or packs. The exit status is 0, or N of "
		       "--error-exitcode if a leak is new or has grown; 125: finleak itself "
		       "failed or could not judge.",
	};

	parse(options, &parser, "diff", argc, argv, 0);
}

void options_clear(struct options *options)
{
	size_t i;

	free(options->outputs);
	free(options->own);
	free(options->foreign);
	free(options->source_prefixes);
	free(options->suppressions);
	free(options->sources);
	imported_names_free(options->imported);
	for (i = 0; i < options->setting_argument_count; i++)
		free(options->setting_arguments[i]);
	free(options->setting_arguments);
	settings_file_clear(&options->settings);
	baseline_clear(&options->baseline);
	suppressions_clear(&options->report.suppressions);
}
