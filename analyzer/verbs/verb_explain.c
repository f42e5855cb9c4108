/* SPDX-License-Identifier: MIT */
#include <argp.h>
#include <stdlib.h>

#include "analyzer/base/exit_status.h"
#include "analyzer/options/help_option.h"
#include "analyzer/options/usage_error.h"
#include "analyzer/render/render_explanation.h"
#include "analyzer/rules/class_words.h"
#include "analyzer/verbs/verbs.h"

#define VERB_NAME "finleak explain"

static error_t parse_class(int key, char *argument, struct argp_state *state)
{
	const char **name = state->input;

	if (key != ARGP_KEY_ARG)
		return ARGP_ERR_UNKNOWN;
	if (*name)
		usage_error(VERB_NAME, "expected one CLASS or REASON: '%s' is one too many",
			    argument);
	*name = argument;
	return 0;
}

int verb_explain(int argc, char **argv)
{
	static const struct argp_option no_options[] = { { NULL, 0, NULL, 0, NULL, 0 } };
	static const struct argp parser = {
		.options = no_options,
		.parser = parse_class,
		.children = help_option,
		.args_doc = "[CLASS|REASON]",
		.doc = "Print what a class of leaks or a reason means, how finleak knows, and how "
		       "to fix it."
		       "\vWithout an argument: all classes, and the rules that lead to them, in "
		       "the "
		       "order in which they are tried.",
	};
	char name_of_verb[] = VERB_NAME;
	const char *name = NULL;
	enum leak_reason reason;
	enum leak_class class;

	argv[0] = name_of_verb;
	usage_check_options(VERB_NAME, no_options, false, argc, argv);
	argp_parse(&parser, argc, argv, ARGP_NO_HELP, NULL, &name);
	if (!name)
		render_all_classes(stdout);
	else if (class_by_name(name, &class))
		render_explanation(stdout, class);
	else if (reason_by_name(name, &reason))
		render_reason(stdout, reason);
	else
		usage_error(VERB_NAME,
			    "unknown class or reason '%s': `finleak explain` lists the classes",
			    name);
	return fflush(stdout) == 0 && !ferror(stdout) ? EXIT_SUCCESS : EXIT_NOT_JUDGED;
}
