/* SPDX-License-Identifier: MIT */
#include "analyzer/options/option_values.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/options/usage_error.h"
#include "analyzer/rules/class_words.h"

bool parse_duration(const char *text, uint64_t *ns)
{
	static const struct {
		const char *unit;
		double ns;
	} units[] = {
		{ "", 1e9 },   { "s", 1e9 },  { "ms", 1e6 },   { "us", 1e3 },
		{ "ns", 1.0 }, { "m", 6e10 }, { "min", 6e10 }, { "h", 3.6e12 },
	};
	double number;
	char *rest;
	size_t i;

	/* Digits first: no sign, no "inf", no hexadecimal. */
	if (text[strspn(text, "0123456789.")] == 'x' || !strchr("0123456789.", text[0]) || !text[0])
		return false;
	errno = 0;
	number = strtod(text, &rest);
	if (rest == text || errno || !isfinite(number))
		return false;
	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(rest, units[i].unit) != 0)
			continue;
		number *= units[i].ns;
		/* Some centuries are enough, and sums of two stay in range. */
		if (number > 9e18)
			return false;
		*ns = (uint64_t)(number + 0.5);
		return true;
	}
	return false;
}

int parse_pid(const char *text)
{
	char *rest;
	long pid;

	if (text[0] < '0' || text[0] > '9')
		return 0;
	errno = 0;
	pid = strtol(text, &rest, 10);
	return *rest || errno || pid > INT32_MAX ? 0 : (int)pid;
}

static void add_output(struct options *options, const struct format *format, const char *path)
{
	struct report_output *output =
		allocate_next(&options->outputs, options->output_count, sizeof(*output));

	output->format = format;
	output->path = path;
	options->output_count++;
}

void option_take_output(struct options *options, struct argp_state *state, const char *path)
{
	if (options->format_is_open) {
		options->outputs[options->output_count - 1].path = path;
		options->format_is_open = false;
		return;
	}
	if (options->pending_output)
		usage_error(state->name, "each --format takes one --output");
	options->pending_output = path;
}

void option_take_format(struct options *options, struct argp_state *state, const char *name)
{
	const struct format *format = format_by_name(name);

	if (!format)
		usage_error(state->name, "unknown format '%s': expected %s", name, format_names());
	add_output(options, format, options->pending_output);
	options->format_is_open = !options->pending_output;
	options->pending_output = NULL;
}

void option_finish_outputs(struct options *options, struct argp_state *state)
{
	size_t without_path = 0, i;

	if (options->pending_output || options->output_count == 0)
		add_output(options, format_by_name(NULL), options->pending_output);
	for (i = 0; i < options->output_count; i++)
		if (!options->outputs[i].path)
			without_path++;
	for (i = 0; i < options->output_count; i++)
		if (!options->outputs[i].path && options->outputs[i].format->is_binary)
			usage_error(state->name, "--format=%s needs an --output",
				    options->outputs[i].format->name);
	if (without_path > 1)
		usage_error(state->name, "with several --format all but one need an --output");
}

int option_take_exitcode(struct argp_state *state, const char *text)
{
	char *rest;
	long number = strtol(text, &rest, 10);

	if (rest == text || *rest || number < 0 || number > 255)
		usage_error(state->name, "--error-exitcode takes a number from 0 to 255, not '%s'",
			    text);
	return (int)number;
}

size_t option_take_count(struct argp_state *state, const char *option, const char *text)
{
	char *rest;
	long number;

	errno = 0;
	number = strtol(text, &rest, 10);
	if (rest == text || *rest || errno || number < 1)
		usage_error(state->name, "--%s takes a number from 1 up, not '%s'", option, text);
	return (size_t)number;
}

enum leak_class option_take_class(struct argp_state *state, const char *text)
{
	enum leak_class class;

	if (!class_by_name(text, &class))
		usage_error(state->name, "unknown class '%s': `finleak explain` lists them", text);
	return class;
}

const char *option_take_textfile(struct argp_state *state, const char *text)
{
	size_t length = strlen(text);

	if (length < 5 || strcmp(text + length - 5, ".prom") != 0)
		usage_error(state->name, "--textfile takes a name that ends in .prom, not '%s'",
			    text);
	return text;
}

bool option_take_switch(struct argp_state *state, const char *option, const char *text)
{
	if (strcmp(text, "on") == 0)
		return true;
	if (strcmp(text, "off") != 0)
		usage_error(state->name, "--%s takes on or off, not '%s'", option, text);
	return false;
}

enum recorder_choice option_take_recorder(struct argp_state *state, const char *text)
{
	if (strcmp(text, "auto") == 0)
		return RECORDER_AUTO;
	if (strcmp(text, "preload") == 0)
		return RECORDER_PRELOAD;
	if (strcmp(text, "kernel") == 0)
		return RECORDER_KERNEL;
	usage_error(state->name, "--recorder takes auto, preload or kernel, not '%s'", text);
	return RECORDER_AUTO;
}

enum color_choice option_take_color(struct argp_state *state, const char *text)
{
	if (strcmp(text, "always") == 0)
		return COLOR_ALWAYS;
	if (strcmp(text, "never") == 0)
		return COLOR_NEVER;
	if (strcmp(text, "auto") != 0)
		usage_error(state->name, "--color takes auto, always or never, not '%s'", text);
	return COLOR_AUTO;
}

uint64_t option_take_duration(struct argp_state *state, const char *option, const char *text)
{
	uint64_t ns = 0;

	if (!parse_duration(text, &ns))
		usage_error(state->name, "--%s takes a duration such as 100ms, 10s or 2m, not '%s'",
			    option, text);
	return ns;
}
