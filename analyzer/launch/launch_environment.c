/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/launch_environment.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/symbolize/elf_identity.h"

static const char preload_separators[] = ": \t\n";

bool launch_environment_can_name(const char *library)
{
	return library[strcspn(library, preload_separators)] == '\0';
}

/* The length of the prefix of PRELOAD, a value of LD_PRELOAD, that names sanitizer runtimes. */
static size_t leading_sanitizers(const char *preload)
{
	size_t leading = 0;

	for (;;) {
		const char *entry =
			preload + leading + strspn(preload + leading, preload_separators);
		size_t length = strcspn(entry, preload_separators);
		char *name = strndup(entry, length);
		bool sanitizer;

		if (!name)
			return leading;
		sanitizer = length && elf_is_sanitizer_runtime(path_base(name));
		free(name);
		if (!sanitizer)
			return leading;
		leading = (size_t)(entry - preload) + length;
	}
}

/*
 * A sanitizer's runtime refuses to start after another library. It is named without a folder, so
 * that the loader finds it as for the program itself, by RUNPATH and cache.
 */
static char *preload_variable(const char *library, const char *sanitizer)
{
	const char *inherited = getenv("LD_PRELOAD");
	size_t leading = inherited ? leading_sanitizers(inherited) : 0;
	const char *rest = inherited ? inherited + leading : "";

	rest += strspn(rest, preload_separators);
	if (leading)
		sanitizer = "";
	return allocate_printed("LD_PRELOAD=%.*s%s%s%s%s%s%s", (int)leading,
				inherited ? inherited : "", leading ? ":" : "", sanitizer,
				sanitizer[0] ? ":" : "", library, rest[0] ? ":" : "", rest);
}

/* Options are separated by colons and later ones win; a backslash escapes. */
static char *options_variable(const char *folder, const char *maker, bool shared,
			      bool script_frames)
{
	const char *inherited = getenv("FINLEAK_OPTIONS");
	char *escaped = allocate_zeroed(2 * strlen(folder) + 1, 1), *to = escaped, *variable;

	for (; *folder; folder++) {
		if (*folder == ':' || *folder == '\\')
			*to++ = '\\';
		*to++ = *folder;
	}
	variable = allocate_printed(
		"FINLEAK_OPTIONS=%s%srun=1:share=%d:script-frames=%d:maker=%s:recordings=%s",
		inherited ? inherited : "", inherited && inherited[0] ? ":" : "", shared,
		script_frames, maker, escaped);
	free(escaped);
	return variable;
}

/* What asks for a report in the program's place (finleak.h) finds finleak so. */
static char *command_variable(void)
{
	char own[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", own, sizeof(own) - 1);

	return allocate_printed("FINLEAK_COMMAND=%.*s", length > 0 ? (int)length : 0, own);
}

char **launch_environment(const char *library, const char *sanitizer, const char *folder,
			  const char *maker, bool shared, bool script_frames)
{
	char **environment = NULL;
	size_t count = 0;

	for (char **variable = environ; *variable; variable++)
		if (strncmp(*variable, "LD_PRELOAD=", 11) != 0 &&
		    strncmp(*variable, "FINLEAK_OPTIONS=", 16) != 0 &&
		    strncmp(*variable, "FINLEAK_COMMAND=", 16) != 0)
			*(char **)allocate_next(&environment, count++, sizeof(char *)) =
				allocate_text(*variable);
	*(char **)allocate_next(&environment, count++, sizeof(char *)) =
		preload_variable(library, sanitizer);
	*(char **)allocate_next(&environment, count++, sizeof(char *)) =
		options_variable(folder, maker, shared, script_frames);
	*(char **)allocate_next(&environment, count++, sizeof(char *)) = command_variable();
	*(char **)allocate_next(&environment, count++, sizeof(char *)) = NULL;
	return environment;
}

void launch_environment_free(char **environment)
{
	for (char **variable = environment; *variable; variable++)
		free(*variable);
	free(environment);
}
