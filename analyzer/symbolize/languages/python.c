/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/*
 * Does PATH belong to a Python installation, wherever that is (/usr, /usr/local, a version
 * manager's folder, a virtual environment)? Modules that were installed there are not the
 * program's own either.
 */
static bool is_library(const char *path)
{
	const char *folder;

	if (strstr(path, "/site-packages/") || strstr(path, "/dist-packages/"))
		return true;
	for (folder = path; (folder = strstr(folder, "/lib")) != NULL; folder++) {
		const char *rest = folder + strlen("/lib");

		if (strncmp(rest, "64", 2) == 0)
			rest += 2;
		if (strncmp(rest, "/python3.", 9) == 0 && isdigit((unsigned char)rest[9])) {
			strtoul(rest + 9, (char **)&rest, 10);
			/* the free-threaded build's folder ends in t */
			if (rest[*rest == 't'] == '/')
				return true;
		}
	}
	return strncmp(path, "<frozen ", 8) == 0 || strncmp(path, "/usr/lib/python3/", 17) == 0;
}

static const char *const files[] = { "python3", "libpython3", NULL };
static const char *const extensions[] = { "/lib-dynload/", NULL };

static const struct dispatching dispatching[] = {
	{ "run", "/asyncio/runners.py" },
	{ "run_forever", "/asyncio/" },
	{ "run_until_complete", "/asyncio/" },
	{ "_run_once", "/asyncio/" },
	{ "_run", "/asyncio/events.py" },
	{ "select", "/selectors.py" },
	{ "serve_forever", "/socketserver.py" },
	{ "_handle_request_noblock", "/socketserver.py" },
	{ "poll", "/asyncore.py" },
	{ "loop", "/asyncore.py" },
	{ "start", "/tornado/" },
	{ "run_sync", "/tornado/" },
	{ "_handle_events", "/tornado/" },
	{ "_run_callback", "/tornado/" },
	{ "run", "/gevent/" },
	{ "mainLoop", "/twisted/" },
	{ "doPoll", "/twisted/" },
	{ "_doReadOrWrite", "/twisted/" },
	{ "run", "/eventlet/hubs/" },
	{ "wait", "/eventlet/hubs/" },
	{ "run", "/trio/_core/" },
	{ "unrolled_run", "/trio/_core/" },
	{ "kernel_run", "/curio/" },
	{ NULL, NULL },
};

/* tornado is built on asyncio. */
static const struct script_library reading[] = {
	{
		.part = "/tornado/",
		.library = { "tornado", "stream.close()", "stream.close()",
			     .ends = "a read raises StreamClosedError, or the close callback is "
				     "called" },
	},
	{
		.part = "/twisted/",
		.library = { "Twisted", "transport.loseConnection()", "transport.loseConnection()",
			     .ends = "connectionLost() or readConnectionLost() is called" },
	},
	{
		.part = "/aiohttp/",
		.library = { "aiohttp", "response.release()",
			     "response.release() (or use it and its session in async with "
			     "statements)",
			     "read() returns b''", .opens = true },
	},
	{
		.part = "/asyncio/",
		.library = { "asyncio", "writer.close()", "writer.close()",
			     .ends = "read() returns b'' (in a protocol, transport.close() when "
				     "eof_received() is called)" },
	},
	{
		.part = "/trio/",
		.library = { "trio", "aclose()",
			     "aclose() on the stream, with await (or use it in an async with "
			     "statement)",
			     .ends = "receive_some() returns b''" },
	},
	{
		.part = "/requests/",
		.library = { "requests", "close()",
			     "close() on the response and its session (or use them in with "
			     "statements, or read the body to its end)",
			     "a read of the body returns b''", .opens = true },
	},
	{
		.part = "/httpx/",
		.library = { "httpx", "close()",
			     "close() on the response and its client (or use them in with "
			     "statements)",
			     "a read of the body returns b''", .opens = true },
	},
	{
		.part = "/redis/",
		.library = { "redis-py", "close()",
			     "close() on the client, or disconnect() on its connection pool,",
			     "a command raises ConnectionError", .opens = true },
	},
	{
		.part = "/urllib3/",
		.library = { "urllib3", "close()",
			     "release_conn() or close() on the response, or clear() on the pool,",
			     "a read of the body returns b''", .opens = true },
	},
	{
		.part = "/urllib/request.py",
		.library = { "urllib", "close()",
			     "close() on the response (or use it in a with statement)",
			     "a read of the body returns b''", .opens = true },
	},
	{
		.part = "/http/client.py",
		.library = { "http.client", "close()", "close() on the HTTPConnection",
			     "a read of the body returns b''", .opens = true },
	},
	{ .part = NULL },
};

static const char *const tears_down[] = { "Py_FinalizeEx", NULL };

/* A greenlet: what called it is another one, and not always still on the stack. */
static const char *const begins[] = { "greenlet::*", NULL };

const struct language language_python = {
	.name = "python",
	.spelled = "Python",
	.machine = "the Python interpreter",
	.is_recorded = true,
	.invisible = "finleak reads those of CPython 3.9 to 3.13 with the GIL. Run the "
"program with one of these, or with PYTHONPERFSUPPORT=1 (3.12 and "
"later): finleak reads the map that it writes.",
	.files = files,
	.extensions = extensions,
	.is_library = is_library,
	.dispatching = dispatching,
	.reading = reading,
	.machine_functions = {
		[MACHINE_TEARS_DOWN] = tears_down,
		[MACHINE_BEGINS] = begins,
	},
	.closing = { "close()", "close() on the socket object (or use it in a with statement)",
		     "returns b''" },
	.stack_command = "py-spy dump --pid PID",
};
