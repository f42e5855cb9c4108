/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"

static const struct language *const languages[] = {
	&language_python, /* the first: that of recordings that name none */
	&language_java,   &language_javascript, &language_php, &language_ruby,
	&language_perl,   &language_erlang,     &language_lua, &language_dotnet,
};

#define LANGUAGES (sizeof(languages) / sizeof(languages[0]))

static const char *const no_files[] = { NULL };

static const struct language unknown = {
	.name = "unknown",
	.spelled = "the script",
	.machine = "the interpreter",
	.invisible = "this version of finleak does not know their language.",
	.files = no_files,
	.closing = { "close()", "close() on the socket", "finds the end of the stream" },
};

const struct language *language_named(const char *name)
{
	size_t i;

	if (!name[0])
		return languages[0];
	for (i = 0; i < LANGUAGES; i++)
		if (strcmp(languages[i]->name, name) == 0)
			return languages[i];
	return &unknown;
}

/* "node", "libnode.so.108", "python3.11"; not "nodelay" */
static bool begins_with(const char *name, const char *prefix)
{
	size_t length;
	char next;

	/* Each frame of each stack is asked, and nearly none of them gets any further. */
	if (*name != *prefix)
		return false;
	length = strlen(prefix);
	if (strncmp(name, prefix, length) != 0)
		return false;
	next = name[length];
	return !next || next == '.' || next == '-' || isdigit((unsigned char)next);
}

static bool is_extension(const struct language *language, const char *module)
{
	const char *const *part = language->extensions;

	for (; part && *part; part++)
		if (strstr(module, *part))
			return true;
	return false;
}

static bool is_machine(const struct language *language, const char *module, const char *name)
{
	size_t i;

	for (i = 0; language->files[i]; i++)
		if (begins_with(name, language->files[i]))
			return true;
	return is_extension(language, module);
}

static const struct language *find_language(const char *module)
{
	const char *name = path_base(module);
	size_t i;

	for (i = 0; i < LANGUAGES; i++)
		if (is_machine(languages[i], module, name))
			return languages[i];
	return NULL;
}

const struct language *language_of_machine(const char *module)
{
	/* The last answer: frames of one module follow each other. */
	static const struct language *language;
	static char *asked;

	if (asked && strcmp(asked, module) == 0)
		return language;
	free(asked);
	asked = allocate_text(module);
	language = find_language(module);
	return language;
}

bool language_is_engine(const char *module, const char *function)
{
	const struct language *language = function ? language_of_machine(module) : NULL;
	const char *const *prefix;

	if (!language || !language->functions)
		return false;
	for (prefix = language->functions; *prefix; prefix++)
		if (strncmp(function, *prefix, strlen(*prefix)) == 0)
			return true;
	return false;
}

const struct language *language_of_engine(const char *module, const char *function)
{
	const struct language *language = language_of_machine(module);

	/* A machine's symbols may be stripped; who has names and none of its own is another. */
	if (!language || !language->functions || !function)
		return language;
	return language_is_engine(module, function) ? language : NULL;
}

bool language_is_function(const char *function, const char *name)
{
	size_t length = strlen(name);

	if (length && name[length - 1] == '*')
		return strncmp(function, name, length - 1) == 0;
	return strncmp(function, name, length) == 0 &&
	       (!function[length] || function[length] == '(' || function[length] == '[');
}

static bool machine_has(const struct language *language, enum machine_role role,
			const char *function)
{
	const char *const *name = language->machine_functions[role];

	for (; name && *name; name++)
		if (language_is_function(function, *name))
			return true;
	return false;
}

bool language_machine_has(enum machine_role role, const char *function)
{
	size_t i;

	for (i = 0; i < LANGUAGES; i++)
		if (machine_has(languages[i], role, function))
			return true;
	return false;
}

bool language_machine_ends(const char *function, const char *executable, const char *command)
{
	size_t i;

	for (i = 0; i < LANGUAGES; i++) {
		const struct language *language = languages[i];

		if (machine_has(language, MACHINE_TEARS_DOWN, function))
			return true;
		if (machine_has(language, MACHINE_ENDS_RUN, function) &&
		    !(language->runs_many && language->runs_many(executable, command)))
			return true;
	}
	return false;
}

const char *language_built_in(const struct language *language, const char *path)
{
	return language && language->is_built_in && language->is_built_in(path) ? language->library
										: NULL;
}

bool language_is_library(const struct language *language, const char *path)
{
	return language->is_library && language->is_library(path);
}
