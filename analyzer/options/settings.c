/* SPDX-License-Identifier: MIT */
#include "analyzer/options/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/utf8.h"
#include "analyzer/gate/malformed.h"
#include "analyzer/options/option_tables.h"
#include "analyzer/options/usage_error.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/*
 * What may stand in a settings file, by the names of options. Not what decides where something is
 * written: nobody expects a file somewhere above to decide that.
 */
static const struct setting {
	const char *name;
	int key;
	enum toml_type type;
	bool is_list;
	bool is_path; /* relative to the folder of the file */
	const char *by_default;
} settings[] = {
	{ "all", KEY_ALL, TOML_BOOLEAN, false, false, "false" },
	{ "baseline", KEY_BASELINE, TOML_TEXT, false, true, NULL },
	{ "class", KEY_CLASS, TOML_TEXT, true, false, NULL },
	{ "color", KEY_COLOR, TOML_TEXT, false, false, "auto" },
	{ "debug-dir", KEY_DEBUG_DIR, TOML_TEXT, false, true, NULL },
	{ "error-exitcode", 'e', TOML_INTEGER, false, false, "0" },
	{ "explain", KEY_EXPLAIN, TOML_BOOLEAN, false, false, "false" },
	{ "foreign", KEY_FOREIGN, TOML_TEXT, true, false, NULL },
	{ "full-stacks", KEY_FULL_STACKS, TOML_BOOLEAN, false, false, "false" },
	{ "idle", KEY_IDLE, TOML_TEXT, false, false, "3s" },
	{ "interval", KEY_INTERVAL, TOML_TEXT, false, false, "1s" },
	{ "late", KEY_LATE, TOML_TEXT, false, false, "10s" },
	{ "min-held", KEY_MIN_HELD, TOML_TEXT, false, false, "100ms" },
	{ "observe", KEY_OBSERVE, TOML_TEXT, false, false, "1s" },
	{ "own", KEY_OWN, TOML_TEXT, true, false, NULL },
	{ "sockets", KEY_SOCKETS, TOML_BOOLEAN, false, false, "false" },
	{ "source-prefix", KEY_SOURCE_PREFIX, TOML_TEXT, true, false, NULL },
	{ "strict", KEY_STRICT, TOML_BOOLEAN, false, false, "false" },
	{ "suppressions", KEY_SUPPRESSIONS, TOML_TEXT, true, true, NULL },
	{ "sysroot", KEY_SYSROOT, TOML_TEXT, false, true, NULL },
	{ "top", KEY_TOP, TOML_INTEGER, false, false, NULL },
	{ "wait", KEY_WAIT, TOML_BOOLEAN, false, false, "false" },
};

/* The setting that is being taken; NULL: the command line is parsed. */
static const struct toml_value *taken;
static const char *taken_from;

static const struct setting *setting_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < COUNT_OF(settings); i++)
		if (strcmp(settings[i].name, name) == 0)
			return &settings[i];
	return NULL;
}

static bool has_option(const struct argp_option *options, const struct setting *setting)
{
	for (; options->name; options++)
		if (options->key == setting->key)
			return true;
	return false;
}

static const char *type_name(const struct setting *setting)
{
	static const char *const names[] = {
		[TOML_TEXT] = "a text",
		[TOML_INTEGER] = "a whole number",
		[TOML_BOOLEAN] = "true or false",
	};

	return setting->is_list ? "a text or a list of texts" : names[setting->type];
}

static void check(const struct toml_value *value, const struct setting *setting, const char *path)
{
	bool good = false;

	if (!setting)
		malformed(path, value->line, "there is no setting '%.100s'", value->key);
	else if (value->type != setting->type || (value->in_array && !setting->is_list))
		malformed(path, value->line, "%s takes %s", setting->name, type_name(setting));
	else
		good = true;
	if (!good)
		exit(EXIT_NOT_JUDGED);
}

/* "--suppressions=/project/known_leaks"; the caller frees it. */
static char *argument_of(const struct toml_value *value, const struct setting *setting,
			 const char *path)
{
	if (setting->type == TOML_BOOLEAN)
		return allocate_printed("--%s", setting->name);
	if (!setting->is_path || value->text[0] == '/')
		return allocate_printed("--%s=%s", setting->name, value->text);
	return allocate_printed("--%s=%.*s%s", setting->name, (int)(path_base(path) - path), path,
				value->text);
}

static void take_one(const struct toml_value *value, const struct setting *setting,
		     const char *name, const struct argp *parser, struct options *asked)
{
	char *argv[] = { allocate_text(name), argument_of(value, setting, taken_from), NULL };

	taken = value;
	usage_error_in(taken_from, value->line);
	argp_parse(parser, 2, argv, ARGP_NO_HELP, NULL, asked);
	usage_error_in(NULL, 0);
	taken = NULL;
	free(argv[0]);
	/* Whoever took it refers to it. */
	*(char **)allocate_next(&asked->setting_arguments, asked->setting_argument_count,
				sizeof(char *)) = argv[1];
	asked->setting_argument_count++;
}

void settings_take(const struct settings_file *file, const char *name,
		   const struct argp_option *options, argp_parser_t take, struct options *asked)
{
	const struct argp parser = { .options = options, .parser = take };
	size_t i;

	taken_from = file->path;
	for (i = 0; i < file->document.count; i++) {
		const struct toml_value *value = &file->document.values[i];
		const struct setting *setting = setting_by_name(value->key);

		check(value, setting, file->path);
		if (!has_option(options, setting) ||
		    (setting->type == TOML_BOOLEAN && strcmp(value->text, "false") == 0))
			continue;
		take_one(value, setting, name, &parser, asked);
	}
}

void settings_note_source(struct options *asked, int key, const char *argument)
{
	struct option_source *source =
		allocate_next(&asked->sources, asked->source_count, sizeof(*source));

	asked->source_count++;
	source->key = key;
	source->argument = argument;
	source->file = taken ? taken_from : NULL;
	source->line = taken ? taken->line : 0;
}

static void print_text(const char *text)
{
	char *valid = utf8_valid_copy(text);
	const char *at;

	putchar('"');
	for (at = valid; *at; at++)
		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if ((unsigned char)*at < ' ' || *at == 0x7f)
			printf("\\u%04x", (unsigned int)*at);
		else
			putchar(*at);
	putchar('"');
	free(valid);
}

static void print_value(const struct setting *setting, const char *argument)
{
	if (setting->type == TOML_TEXT)
		print_text(argument);
	else
		fputs(argument ? argument : "true", stdout);
}

static void print_source(const struct option_source *source)
{
	fputs("  # ", stdout);
	if (source->file) {
		utf8_print_escaped(stdout, source->file);
		printf(":%u\n", source->line);
	} else {
		fputs("command line\n", stdout);
	}
}

/* All that were given, each with its source. */
static void show_list(const struct options *asked, const struct setting *setting)
{
	bool any = false;
	size_t i;

	for (i = 0; i < asked->source_count; i++) {
		if (asked->sources[i].key != setting->key)
			continue;
		if (!any)
			printf("%s = [\n", setting->name);
		any = true;
		fputs("    ", stdout);
		print_value(setting, asked->sources[i].argument);
		putchar(',');
		print_source(&asked->sources[i]);
	}
	if (any)
		puts("]");
	else
		printf("# %s: none  # default\n", setting->name);
}

/* What was given last counts. */
static void show_one(const struct options *asked, const struct setting *setting)
{
	const struct option_source *last = NULL;
	size_t i;

	for (i = 0; i < asked->source_count; i++)
		if (asked->sources[i].key == setting->key)
			last = &asked->sources[i];
	if (!last && !setting->by_default) {
		printf("# %s: none  # default\n", setting->name);
		return;
	}
	printf("%s = ", setting->name);
	if (last) {
		print_value(setting, last->argument);
		print_source(last);
	} else if (setting->key == KEY_STRICT && asked->report.judge.strict) {
		puts("true  # implied by error-exitcode");
	} else {
		print_value(setting, setting->by_default);
		puts("  # default");
	}
}

void settings_show(const struct options *asked, const struct argp_option *options)
{
	size_t i;

	if (asked->settings.path) {
		fputs("# settings: ", stdout);
		utf8_print_escaped(stdout, asked->settings.path);
		putchar('\n');
	} else {
		puts("# settings: no " SETTINGS_NAME);
	}
	for (i = 0; i < COUNT_OF(settings); i++) {
		if (!has_option(options, &settings[i]))
			continue;
		if (settings[i].is_list)
			show_list(asked, &settings[i]);
		else
			show_one(asked, &settings[i]);
	}
}
