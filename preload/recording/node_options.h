/* SPDX-License-Identifier: MIT */
/*
 * What node is asked, and by which options of its own it refuses: the recorder asks in the process
 * that is node, `finleak run` prints that before. No state, no call: any thread, signal-safe.
 */
#ifndef FINLEAK_NODE_OPTIONS_H
#define FINLEAK_NODE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

/* --perf-basic-prof alone leaves a log in the folder where the program starts, too. */
#define NODE_WHOLE_MAP "--perf-basic-prof"
#define NODE_MAP       NODE_WHOLE_MAP "-only-functions"
#define NODE_STACK     "--interpreted-frames-native-stack"

/* Is WORD, up to its end, a blank or a '=', this OPTION? V8 takes an underscore for a dash. */
static inline bool node_option_is(const char *word, const char *option)
{
	size_t i;

	for (i = 0; option[i]; i++)
		if (word[i] != option[i] && !(word[i] == '_' && option[i] == '-' && i > 1))
			return false;
	return word[i] == '\0' || word[i] == ' ' || word[i] == '=';
}

/* Is one of OPTIONS, which end with NULL, in TEXT, a list with blanks between? */
static inline bool node_options_have(const char *text, const char *const *options)
{
	const char *const *option;

	while (*text) {
		for (option = options; *option; option++)
			if (node_option_is(text, *option))
				return true;
		while (*text && *text != ' ')
			text++;
		while (*text == ' ')
			text++;
	}
	return false;
}

/* As node_options_have(), of the arguments ARGV, which end with NULL. */
static inline bool node_arguments_have(char *const *argv, const char *const *options)
{
	const char *const *option;

	for (; *argv; argv++)
		for (option = options; *option; option++)
			if (node_option_is(*argv, *option))
				return true;
	return false;
}

/*
 * Does ARGV or TEXT, the value of NODE_OPTIONS, have an option with which node refuses what finleak
 * asks: one that restricts which files it may load, or that names a snapshot made without it?
 */
static inline bool node_refuses(const char *text, char *const *argv)
{
	static const char *const options[] = {
		"--permission",    "--experimental-permission", "--experimental-policy",
		"--snapshot-blob", "--build-snapshot",          NULL,
	};

	return node_options_have(text, options) || node_arguments_have(argv, options);
}

#endif
