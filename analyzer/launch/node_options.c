/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/node_options.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"

/* --perf-basic-prof alone leaves a log in the folder where the program starts, too. */
#define WHOLE_MAP "--perf-basic-prof"
#define MAP       WHOLE_MAP "-only-functions"
#define STACK     "--interpreted-frames-native-stack"

const char node_options_added[] = MAP " " STACK;

/* V8 takes an underscore for a dash. */
static bool is_same(const char *word, const char *option, size_t length)
{
	size_t i;

	for (i = 0; i < length; i++)
		if (word[i] != option[i] && !(word[i] == '_' && option[i] == '-' && i > 1))
			return false;
	return option[length] == '\0';
}

static bool has_option(const char *options, const char *option)
{
	size_t length;

	for (; *options; options += length) {
		options += strspn(options, " ");
		length = strcspn(options, " ");
		if (length && is_same(options, option, length))
			return true;
	}
	return false;
}

static bool has_map(const char *options)
{
	return has_option(options, MAP) || has_option(options, WHOLE_MAP);
}

static const char *inherited(void)
{
	const char *options = getenv("NODE_OPTIONS");

	return options ? options : "";
}

/* " --require=..." of what is beside LIBRARY, as node reads it; "" where it is not there. */
static char *requirement(const char *library)
{
	int folder = (int)(path_base(library) - library);
	char *path = allocate_printed("%.*sfinleak-node.js", folder, library), *quoted, *to;
	const char *from;

	if (access(path, R_OK) != 0) {
		free(path);
		return allocate_text("");
	}
	quoted = allocate_zeroed(2 * strlen(path) + sizeof(" --require=\"\""), 1);
	to = stpcpy(quoted, " --require=\"");
	for (from = path; *from; from++) {
		if (*from == '"' || *from == '\\')
			*to++ = '\\';
		*to++ = *from;
	}
	*to = '"';
	free(path);
	return quoted;
}

char *node_options_variable(const char *library)
{
	const char *options = inherited();
	char *require = requirement(library), *variable;
	const char *map = has_map(options) ? "" : " " MAP;
	const char *stack = has_option(options, STACK) ? "" : " " STACK;

	if (!options[strspn(options, " ")])
		options = "";
	variable = allocate_printed("NODE_OPTIONS=%s%s%s%s", options,
				    options[0] ? map : map + strspn(map, " "), stack, require);
	free(require);
	return variable;
}

bool node_options_ask_for_map(void)
{
	return !has_map(inherited());
}

static bool refuses(const char *word)
{
	static const char *const options[] = {
		"--permission",    "--experimental-permission", "--experimental-policy",
		"--snapshot-blob", "--build-snapshot",
	};
	size_t length = strcspn(word, "= "), i;

	for (i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		if (length == strlen(options[i]) && is_same(word, options[i], length))
			return true;
	return false;
}

bool node_options_refuse(char *const *argv)
{
	const char *options = inherited();

	for (; *options; options += strcspn(options, " ")) {
		options += strspn(options, " ");
		if (refuses(options))
			return true;
	}
	for (; *argv; argv++)
		if (refuses(*argv))
			return true;
	return false;
}

bool node_options_concern(const char *executable)
{
	const char *name = path_base(executable);

	return strcmp(name, "node") == 0 || strcmp(name, "nodejs") == 0;
}
