/* SPDX-License-Identifier: MIT */
#include "analyzer/options/usage_error.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/options/options.h"
#include "analyzer/base/utf8.h"

/* An old letter for --help; getopt returns the same for what it does not know. */
#define HELP_LETTER '?'

/* Keys from here on are no letters. */
#define KEYS_OF_LONG_OPTIONS 0x100

/* Where the option stands that is being parsed; NULL: on the command line. */
static const char *file_of_options;
static unsigned int line_of_options;

void usage_error_in(const char *file, unsigned int line)
{
	file_of_options = file;
	line_of_options = line;
}

void usage_error(const char *name, const char *format, ...)
{
	char *what = NULL;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&what, format, arguments) < 0)
		what = NULL;
	va_end(arguments);
	fputs("finleak: ", stderr);
	if (file_of_options) {
		utf8_print_escaped(stderr, file_of_options);
		fprintf(stderr, ":%u: ", line_of_options);
	}
	utf8_print_escaped(stderr, what ? what : "invalid command line");
	fprintf(stderr, "; see '%s --help'\n", name);
	exit(EXIT_NOT_JUDGED);
}

/* The options as getopt wants them: *letters and the list returned are the caller's. */
static struct option *getopt_options(const struct argp_option *options, bool in_order,
				     char **letters)
{
	const struct argp_option *option;
	struct option *list = NULL, *next;
	size_t count = 0, length;

	for (option = options; option->name; option++)
		count++;
	*letters = allocate_zeroed(2 * count + sizeof("+:Vh"), 1);
	/* The colon: getopt distinguishes a missing argument from an unknown option. */
	strcpy(*letters, in_order ? "+:Vh" : ":Vh");
	length = strlen(*letters);
	list = allocate_zeroed(count + 4, sizeof(*list));
	for (option = options, next = list; option->name; option++, next++) {
		next->name = option->name;
		next->has_arg = option->arg ? required_argument : no_argument;
		next->val = option->key;
		if (option->key > ' ' && option->key <= '~') {
			(*letters)[length++] = (char)option->key;
			if (option->arg)
				(*letters)[length++] = ':';
		}
	}
	/* help_option.h */
	*next++ = (struct option){ .name = "help" };
	*next++ = (struct option){ .name = "usage" };
	*next++ = (struct option){ .name = "version" };
	return list;
}

void usage_check_options(const char *name, const struct argp_option *options, bool in_order,
			 int argc, char **argv)
{
	/* getopt moves arguments about: it gets a list of its own. */
	char **copy = allocate_zeroed((size_t)argc + 1, sizeof(char *)), *letters;
	struct option *list = getopt_options(options, in_order, &letters);
	int found;

	memcpy(copy, argv, (size_t)argc * sizeof(char *));
	opterr = 0;
	optind = 0;
	while ((found = getopt_long(argc, copy, letters, list, NULL)) != -1) {
		if (found == ':')
			usage_error(name, "%s needs an argument", copy[optind - 1]);
		if (found != '?' || optopt == HELP_LETTER)
			continue;
		if (optopt >= KEYS_OF_LONG_OPTIONS)
			usage_error(name, "option '%s' takes no argument", copy[optind - 1]);
		if (optopt)
			usage_error(name, "unknown option '-%c'", optopt);
		usage_error(name, "unknown option '%s'", copy[optind - 1]);
	}
	free(list);
	free(letters);
	free(copy);
}

bool usage_line_has(const struct usage_line *line, int key, const char **argument)
{
	char **copy = allocate_zeroed((size_t)line->argc + 1, sizeof(char *)), *letters;
	struct option *list = getopt_options(line->options, line->in_order, &letters);
	bool has = false;
	int found;

	memcpy(copy, line->argv, (size_t)line->argc * sizeof(char *));
	opterr = 0;
	optind = 0;
	while ((found = getopt_long(line->argc, copy, letters, list, NULL)) != -1) {
		if (found != key)
			continue;
		has = true;
		if (argument)
			*argument = optarg;
	}
	free(list);
	free(letters);
	free(copy);
	return has;
}

bool usage_line_asks_for_help(const struct usage_line *line)
{
	/* Long ones have no letter; see getopt_options(). */
	return usage_line_has(line, 0, NULL) || usage_line_has(line, 'h', NULL) ||
	       usage_line_has(line, 'V', NULL) || usage_line_has(line, HELP_LETTER, NULL);
}
