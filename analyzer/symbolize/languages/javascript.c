/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>
#include <string.h>

/* In node's executable. Up to 14 they are named as files: net.js, internal/net.js. */
static bool is_built_in(const char *path)
{
	static const char *const early[] = {
		"net.js",    "tls.js",    "http.js",   "https.js",         "http2.js", "dns.js",
		"events.js", "stream.js", "timers.js", "child_process.js", "fs.js",    "vm.js",
	};
	static const char *const early_parts[] = { "internal/", "_http_", "_stream_", "_tls_" };
	size_t i;

	for (i = 0; i < sizeof(early) / sizeof(early[0]); i++)
		if (strcmp(path, early[i]) == 0)
			return true;
	for (i = 0; i < sizeof(early_parts) / sizeof(early_parts[0]); i++)
		if (strncmp(path, early_parts[i], strlen(early_parts[i])) == 0)
			return true;
	return strncmp(path, "node:", 5) == 0;
}

/* npm's are below node_modules, Debian's in /usr. */
static bool is_library(const char *path)
{
	return is_built_in(path) || strstr(path, "/node_modules/") ||
	       strncmp(path, "/usr/share/nodejs/", 18) == 0 ||
	       strncmp(path, "/usr/lib/nodejs/", 16) == 0;
}

static const char *const files[] = { "node", "nodejs", "libnode", NULL };

/* "node" is a name that many a program has. Names of templates begin with what they return. */
static const char *const functions[] = {
	"node::",     "v8::",        "void node::",
	"int node::", "bool node::", "non-virtual thunk to node::",
	"uv_",        "Builtins_",   NULL,
};

static const char *const tears_down[] = { "node::FreeEnvironment", NULL };

/* V8's interpreter, and the event loop's ways into it. */
static const char *const stands_in[] = { "Builtins_*", NULL };
static const char *const begins[] = { "Builtins_JSEntry", NULL };

static const struct script_library reading[] = {
	{
		.part = "/undici/",
		.library = { "fetch", "cancel()",
			     "cancel() on the response body, or read it to its end,",
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
