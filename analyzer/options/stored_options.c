/* SPDX-License-Identifier: MIT */
#include "analyzer/options/stored_options.h"

#include <stdio.h>

struct run_options stored_options_of(const struct options *options)
{
	const struct judge_options *judge = &options->report.judge;

	return (struct run_options){ .min_held_ns = judge->min_held_ns,
				     .late_ns = judge->late_ns,
				     .idle_ns = judge->idle_ns,
				     .min_held_is_given = options->min_held_is_given,
				     .strict = judge->strict };
}

/* -e implies --strict unless --min-held was given, there or here. */
void stored_options_take(struct options *options, const struct run_options *stored)
{
	struct judge_options *judge = &options->report.judge;

	if (!options->min_held_is_given) {
		judge->min_held_ns = stored->min_held_ns;
		if (!options->strict_is_given)
			judge->strict = stored->strict ||
					(options->error_exitcode && !stored->min_held_is_given);
	}
	if (!options->late_is_given)
		judge->late_ns = stored->late_ns;
	if (!options->idle_is_given)
		judge->idle_ns = stored->idle_ns;
}

void stored_options_take_of(struct options *options, const struct recordings *recordings)
{
	if (!recordings->has_options)
		return;
	stored_options_take(options, &recordings->options);
	if (recordings->options_differ)
		fputs("finleak: these runs had different options: those of the first are used\n",
		      stderr);
}
