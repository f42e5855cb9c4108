/* SPDX-License-Identifier: MIT */
#include "analyzer/options/take_option.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/options/option_tables.h"
#include "analyzer/options/option_values.h"
#include "analyzer/options/usage_error.h"

static void take_text(const char ***list, size_t *count, const char *text)
{
	/* One more for the NULL at the end: allocate_next gives zeroed room. */
	const char **place = allocate_next(list, *count, sizeof(char *));

	*place = text;
	++*count;
}

void options_finish(struct options *options, struct argp_state *state)
{
	option_finish_outputs(options, state);
	if (options->update_baseline && !options->baseline_path)
		usage_error(state->name, "--update-baseline needs the file: --baseline=FILE");
	if (options->update_baseline && options->report.judge.classes)
		usage_error(state->name,
			    "--update-baseline would forget the leaks that --class leaves out");
	/* A gate must not depend on how fast the machine is. */
	if (options->error_exitcode && !options->min_held_is_given)
		options->report.judge.strict = true;
	options->arguments = state->argv + state->next;
	options->argument_count = (size_t)(state->argc - state->next);
	if (options->own_count) {
		take_text(&options->own, &options->own_count, NULL);
		options->report.own.own = options->own;
	}
	if (options->foreign_count) {
		take_text(&options->foreign, &options->foreign_count, NULL);
		options->report.own.foreign = options->foreign;
	}
	if (options->source_prefix_count) {
		take_text(&options->source_prefixes, &options->source_prefix_count, NULL);
		options->report.symbols.source_prefixes = options->source_prefixes;
	}
}

error_t options_take(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		option_take_output(options, state, argument);
		return 0;
	case 'f':
		option_take_format(options, state, argument);
		return 0;
	case 'd':
		options->recordings = argument;
		return 0;
	case 'e':
		options->error_exitcode = option_take_exitcode(state, argument);
		return 0;
	case KEY_BASELINE:
		options->baseline_path = argument;
		return 0;
	case KEY_UPDATE_BASELINE:
		options->update_baseline = true;
		return 0;
	case KEY_SUPPRESSIONS:
		take_text(&options->suppressions, &options->suppression_count, argument);
		return 0;
	case KEY_GEN_SUPPRESSIONS:
		options->report.gen_suppressions = true;
		return 0;
	case KEY_MIN_HELD:
		options->report.judge.min_held_ns =
			option_take_duration(state, "min-held", argument);
		options->min_held_is_given = true;
		return 0;
	case KEY_STRICT:
		options->report.judge.strict = true;
		options->strict_is_given = true;
		return 0;
	case KEY_LATE:
		options->late_is_given = true;
		options->report.judge.late_ns = option_take_duration(state, "late", argument);
		return 0;
	case KEY_IDLE:
		options->idle_is_given = true;
		options->report.judge.idle_ns = option_take_duration(state, "idle", argument);
		return 0;
	case KEY_SYSROOT:
		options->report.symbols.sysroot = argument;
		return 0;
	case KEY_DEBUG_DIR:
		options->report.symbols.debug_dir = argument;
		return 0;
	case KEY_SOURCE_PREFIX:
		if (!strchr(argument, '='))
			usage_error(state->name, "--source-prefix takes OLD=NEW, not '%s'",
				    argument);
		take_text(&options->source_prefixes, &options->source_prefix_count, argument);
		return 0;
	case KEY_OWN:
		take_text(&options->own, &options->own_count, argument);
		return 0;
	case KEY_FOREIGN:
		take_text(&options->foreign, &options->foreign_count, argument);
		return 0;
	case KEY_WAIT:
		options->wait_for_all = true;
		return 0;
	case KEY_SHARE_RECORDINGS:
		options->share_recordings = true;
		return 0;
	case KEY_OBSERVE:
		options->observe_ns = option_take_duration(state, "observe", argument);
		return 0;
	case KEY_SCRIPT_FRAMES:
		options->no_script_frames = !option_take_switch(state, "script-frames", argument);
		return 0;
	case KEY_EXPLAIN:
		options->report.explain = true;
		return 0;
	case KEY_FULL_STACKS:
		options->report.full_stacks = true;
		return 0;
	case KEY_TOP:
		options->report.top = option_take_count(state, "top", argument);
		return 0;
	case KEY_CLASS:
		options->report.judge.classes |= 1u << option_take_class(state, argument);
		return 0;
	case KEY_SINCE:
		options->report.judge.since_ns = option_take_count(state, "since", argument);
		return 0;
	case KEY_SOCKETS:
		options->report.each_socket = true;
		return 0;
	case KEY_STACKS:
		options->report.thread_stacks = true;
		return 0;
	case KEY_ALL:
		options->report.all = true;
		return 0;
	case KEY_INTERVAL:
		options->interval_ns = option_take_duration(state, "interval", argument);
		if (!options->interval_ns)
			usage_error(state->name, "--interval must be more than 0");
		return 0;
	case KEY_SETTINGS:
	case KEY_NO_SETTINGS:
		/* read_settings() has seen them. */
		return 0;
	case KEY_SHOW_OPTIONS:
		options->show_options = true;
		return 0;
	case KEY_RECORDER:
		options->recorder = option_take_recorder(state, argument);
		return 0;
	case KEY_DURATION:
		options->duration_ns = option_take_duration(state, "duration", argument);
		if (!options->duration_ns)
			usage_error(state->name, "--duration must be more than 0");
		return 0;
	case KEY_TEXTFILE:
		options->textfile = option_take_textfile(state, argument);
		return 0;
	case KEY_COLOR:
		options->color = option_take_color(state, argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}
