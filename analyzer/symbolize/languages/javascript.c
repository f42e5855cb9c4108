/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>
#include <string.h>

/* node's own modules are in its executable; npm's are below node_modules, Debian's in /usr. */
static bool is_library(const char *path)
{
	return strncmp(path, "node:", 5) == 0 || strstr(path, "/node_modules/") ||
	       strncmp(path, "/usr/share/nodejs/", 18) == 0 ||
	       strncmp(path, "/usr/lib/nodejs/", 16) == 0;
}

static bool is_built_in(const char *path)
{
	return strncmp(path, "node:", 5) == 0;
}

static const char *const files[] = { "node", "nodejs", "libnode", NULL };

/* "node" is a name that many a program has. */
static const char *const functions[] = {
	"node::", "v8::", "void node::", "non-virtual thunk to node::", "uv_", "Builtins_", NULL,
};

static const char *const tears_down[] = { "node::FreeEnvironment", NULL };

/* V8's interpreter, and the event loop's ways into it. */
static const char *const stands_in[] = { "Builtins_*", NULL };
static const char *const begins[] = { "Builtins_JSEntry", NULL };

static const struct script_library reading[] = {
	{
		.part = "/undici/",
		.library = { "fetch", "cancel()",
			     "cancel() on the answer's body, or read it to its end,",
			     "a read of the body is done", .opens = true },
	},
	{
		.part = "node:_http_client",
		.library = { "http", "resume()",
			     "resume() or destroy() on the response (destroy() on the agent ends "
			     "idle connections)",
			     "it emits 'end'", .opens = true },
	},
	{ .part = NULL },
};

const struct language language_javascript = {
	.name = "javascript",
	.spelled = "JavaScript",
	.machine = "Node.js",
	.is_recorded = true,
	.invisible = "node was not asked to write a map of its code. finleak run asks it; "
		     "with LD_PRELOAD alone, set FINLEAK_OPTIONS=script-frames=1.",
	.files = files,
	.functions = functions,
	.is_library = is_library,
	.reading = reading,
	.library = "Node.js",
	.is_built_in = is_built_in,
	.machine_functions = {
		[MACHINE_TEARS_DOWN] = tears_down,
		[MACHINE_STANDS_IN] = stands_in,
		[MACHINE_BEGINS] = begins,
	},
	.closing = { "destroy()", "end() or destroy() on the socket", "it emits 'end'" },
};
