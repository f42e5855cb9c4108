/* SPDX-License-Identifier: MIT */
#include "preload/process/node.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include "preload/platform/loaded_object.h"
#include "preload/recording/node_options.h"

#define SCRIPT "node_modules/finleak-node.js"

/* node::Start(int, char **), which node has by whatever name its file goes. It is never called. */
extern int node_start(int argc, char **argv) __asm__("_ZN4node5StartEiPPc") __attribute__((weak));

/* The script beside this library, as node reads it in quotes. False: it can't be read. */
static bool quote_script(char *quoted, size_t size)
{
	struct dl_phdr_info library;
	char path[PATH_MAX];
	const char *from, *slash;
	size_t n = 0;
	int length;

	if (!loaded_object_at((uint64_t)(uintptr_t)node_ask, &library) ||
	    library.dlpi_name[0] != '/')
		return false;
	slash = strrchr(library.dlpi_name, '/');
	length = snprintf(path, sizeof(path), "%.*s" SCRIPT, (int)(slash + 1 - library.dlpi_name),
			  library.dlpi_name);
	if (length < 0 || (size_t)length >= sizeof(path) || access(path, R_OK) != 0)
		return false;
	for (from = path; *from && n + 2 < size; from++) {
		if (*from == '"' || *from == '\\')
			quoted[n++] = '\\';
		quoted[n++] = *from;
	}
	quoted[n] = '\0';
	return *from == '\0';
}

bool node_ask(char *const *argv, const char *given, bool *map)
{
	static const char *const maps[] = { NODE_MAP, NODE_WHOLE_MAP, NULL };
	static const char *const stacks[] = { NODE_STACK, NULL };
	static char variable[32768]; /* becomes part of the environment */
	const char *user = given ? given : "";
	char script[PATH_MAX];
	bool stack;
	int length;

	/* node does not read the variable then. */
	if (!node_start || getauxval(AT_SECURE))
		return false;
	/* Whoever names the script has it loaded, by options of his own. */
	if (node_refuses(user, argv) || strstr(user, "finleak-node.js") ||
	    !quote_script(script, sizeof(script)))
		return false;
	*map = !node_options_have(user, maps) && !node_arguments_have(argv, maps);
	stack = !node_options_have(user, stacks) && !node_arguments_have(argv, stacks);
	/* The script knows it by this form, and that what follows it is the user's. */
	length = snprintf(variable, sizeof(variable), "NODE_OPTIONS=%s%s\"--require=%s\"%s%s",
			  *map ? NODE_MAP " " : "", stack ? NODE_STACK " " : "", script,
			  given ? " " : "", user);
	return length > 0 && (size_t)length < sizeof(variable) && putenv(variable) == 0;
}
