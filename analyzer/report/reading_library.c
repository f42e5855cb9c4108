/* SPDX-License-Identifier: MIT */
#include "analyzer/report/reading_library.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/source_call.h"
#include "analyzer/source/qt_signals.h"

#define NODE_BY_ITSELF "Node.js does so itself, unless allowHalfOpen is set or data is left unread"

static const struct library_mark {
	const char *module;   /* how the name of its file begins; NULL: any */
	const char *function; /* how its functions begin; NULL: any */
	struct reading_library library;
} marks[] = {
	{
		.module = "node",
		.library = { "Node.js", "destroy()", "end() or destroy() on the socket",
			     "it emits 'end'", .by_itself = NODE_BY_ITSELF },
	},
	{
		.module = "libnode.so",
		.library = { "Node.js", "destroy()", "end() or destroy() on the socket",
			     "it emits 'end'", .by_itself = NODE_BY_ITSELF },
	},
	{
		/* It has the bufferevents, and closes when the request is answered. */
		.function = "evhttp_",
		.library = { "evhttp", "evhttp_send_reply()",
			     "evhttp_send_reply() on each request, or evhttp_connection_free(),",
			     .ends = "its client has gone" },
	},
	{
		.module = "libevent",
		.library = { "libevent", "bufferevent_free()", "bufferevent_free()",
			     "the callback gets BEV_EVENT_EOF",
			     .end_handler = "the event callback" },
	},
	{
		.function = "bufferevent_",
		.library = { "libevent", "bufferevent_free()", "bufferevent_free()",
			     "the callback gets BEV_EVENT_EOF",
			     .end_handler = "the event callback" },
	},
	{
		.module = "libuv.so",
		.library = { "libuv", "uv_close()", "uv_close() on the handle",
			     .ends = "the read callback gets UV_EOF" },
	},
	{
		.function = "uv__",
		.library = { "libuv", "uv_close()", "uv_close() on the handle",
			     .ends = "the read callback gets UV_EOF" },
	},
	{
		.function = "boost::asio::",
		.library = { "Boost.Asio", "close()",
			     "close() on the socket (or drop the last reference to it)",
			     .ends = "its handler gets error::eof" },
	},
	{
		.function = "asio::",
		.library = { "Asio", "close()",
			     "close() on the socket (or drop the last reference to it)",
			     .ends = "its handler gets error::eof" },
	},
	{
		.module = "libcurl",
		.library = { "libcurl", "curl_easy_cleanup()",
			     "curl_easy_cleanup() on the handle (of a multi handle's, "
			     "curl_multi_cleanup())",
			     "the transfer ends", .opens = true },
	},
	{
		.function = "Curl_",
		.library = { "libcurl", "curl_easy_cleanup()",
			     "curl_easy_cleanup() on the handle (of a multi handle's, "
			     "curl_multi_cleanup())",
			     "the transfer ends", .opens = true },
	},
	{
		/* It reads idle connections itself, and closes those that have ended. */
		.function = "net/http.(*Transport)",
		.library = { "net/http", "Close()", "Close() on each response's Body",
			     "the response was read", .opens = true },
	},
	{
		/* Its calls fail once the peer has closed; the descriptor stays with the context.
		 */
		.module = "libhiredis.so",
		.library = { "hiredis", "redisFree()", "redisFree() on the context",
			     .ends = "a command on it fails" },
	},
	{
		.module = "libmicrohttpd.so",
		.library = { "libmicrohttpd", "MHD_resume_connection()",
			     "MHD_resume_connection() on the suspended connection, and queue a "
			     "response,",
			     .ends = "its client has gone" },
	},
	{
		.module = "libgio-2.0.so",
		.library = { "GIO", "g_io_stream_close()", "g_io_stream_close() on the connection",
			     .ends = "a read of it returns 0" },
	},
	{
		.module = "libQt5Network.so",
		.library = { "Qt", "close()", "close() and deleteLater() on the socket",
			     .ends = "it emits disconnected()" },
	},
	{
		.module = "libQt6Network.so",
		.library = { "Qt", "close()", "close() and deleteLater() on the socket",
			     .ends = "it emits disconnected()" },
	},
	{
		.module = "libssl.so",
		.library = { "OpenSSL", "close()", "close() on the descriptor",
			     .ends = "a call of OpenSSL fails", .keeps_open = true },
	},
	{
		.function = "SSL_",
		.library = { "OpenSSL", "close()", "close() on the descriptor",
			     .ends = "a call of OpenSSL fails", .keeps_open = true },
	},
};

static bool is_of(const struct frame *frame, const struct library_mark *mark)
{
	const char *module = path_base(frame->module);

	if (frame->script)
		return false;
	if (mark->function)
		return frame->function &&
		       strncmp(frame->function, mark->function, strlen(mark->function)) == 0;
	/* "node" is the whole name, "libuv.so" is followed by a version. */
	return strncmp(module, mark->module, strlen(mark->module)) == 0 &&
	       (strchr(mark->module, '.') || strncmp(mark->module, "lib", 3) == 0 ||
		module[strlen(mark->module)] == '\0');
}

/* How many of COUNT FRAMES lie below SITE, with it. */
static size_t count_below(const struct frame *frames, size_t count, const struct frame *site)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (&frames[i] == site)
			return i + 1;
	return count;
}

/* Does FRAME belong to LANGUAGE's library that has PART in its paths? */
static bool is_of_script(const struct frame *frame, const struct language *language,
			 const char *part)
{
	if (!frame->script)
		return strstr(frame->module, part) != NULL;
	return frame->file && language_is_library(language, frame->file) &&
	       strstr(frame->file, part);
}

/* Of a library that is built on another one, the former stands first in its language's list. */
static const struct reading_library *script_library_of(const struct frame *frames, size_t count)
{
	const struct script_library *known;
	const struct language *language = NULL;
	size_t i;

	for (i = 0; i < count && !language; i++)
		language = frame_language(&frames[i]);
	for (known = language ? language->reading : NULL; known && known->part; known++)
		for (i = 0; i < count; i++)
			if (is_of_script(&frames[i], language, known->part))
				return &known->library;
	return NULL;
}

const struct reading_library *reading_library_of(const struct frame *frames, size_t count,
						 const struct frame *site)
{
	const struct reading_library *found;
	size_t below = count_below(frames, count, site), i, j;

	found = script_library_of(frames, below);
	for (i = 0; !found && i < sizeof(marks) / sizeof(marks[0]); i++)
		for (j = 0; !found && j < below; j++)
			if (is_of(&frames[j], &marks[i]))
				found = &marks[i].library;
	return found;
}

/* Ways to use a library, by a function that is called in one of them only. */
static const struct library_use {
	const char *name;     /* of the library */
	const char *file;     /* part of the path of a frame of it */
	const char *function; /* the last part of its name; NULL: any */
	struct reading_library as_used;
} uses[] = {
	/* Clients over asyncio's streams: their users have no writer. */
	{
		"asyncio",
		"/redis/asyncio/",
		NULL,
		{ "redis-py", "aclose()",
		  "aclose() on the client (close() before redis-py 5), or disconnect() on its "
		  "connection pool, with await,",
		  "the program is done with it", .opens = true },
	},
	{
		"asyncio",
		"/httpx/",
		NULL,
		{ "httpx", "aclose()",
		  "aclose() on the response and its client, with await (or use them in async with "
		  "statements)",
		  "the program is done with it", .opens = true },
	},
	{
		"asyncio",
		"/asyncio/streams.py",
		NULL,
		{ "asyncio", "writer.close()", "writer.close()", "read() returns b''",
		  .opens = false },
	},
	{
		"asyncio",
		"/asyncio/base_events.py",
		"create_server",
		{ "asyncio", "transport.close()", "transport.close()", "eof_received() is called",
		  .opens = false },
	},
	{
		"asyncio",
		"/asyncio/base_events.py",
		"create_connection",
		{ "asyncio", "transport.close()", "transport.close()", "eof_received() is called",
		  .opens = false },
	},
};

static bool is_in_use(const struct library_use *use, const struct frame *frame)
{
	const char *part;

	if (!frame->script || !frame->file || !strstr(frame->file, use->file))
		return false;
	if (!use->function)
		return true;
	part = frame->function ? strrchr(frame->function, '.') : NULL;
	part = part ? part + 1 : frame->function;
	return part && strcmp(part, use->function) == 0;
}

static bool has_use(const struct report_leak *leak, const struct library_use *use)
{
	size_t i, j;

	for (i = 0; i < leak->stack_count; i++)
		for (j = 0; j < leak->stacks[i].count; j++)
			if (is_in_use(use, &leak->stacks[i].frames[j]))
				return true;
	return false;
}

const struct reading_library *reading_library_as_used(const struct reading_library *library,
						      const struct report_leak *leak)
{
	size_t i;

	for (i = 0; library && i < sizeof(uses) / sizeof(uses[0]); i++)
		if (strcmp(library->name, uses[i].name) == 0 && has_use(leak, &uses[i]))
			return &uses[i].as_used;
	return library;
}

const char *reading_library_start(const struct frame *registered, struct symbolizer *symbolizer)
{
	static const char *const calls[] = {
		"uv_listen",
		"evconnlistener_new_bind",
		"evconnlistener_new",
		"evconnlistener_set_cb",
	};
	const char *call =
		source_call(registered, calls, sizeof(calls) / sizeof(calls[0]), false, symbolizer);

	if (!call)
		return NULL;
	return call == calls[0] ? "sets that read callback" : "sets that callback";
}

unsigned int reading_library_limit(const struct frame *registered, struct symbolizer *symbolizer)
{
	struct function_body body;
	struct source source;

	if (!registered || !registered->function || !registered->file || !registered->line)
		return 0;
	source = source_of(symbolizer, registered);
	return function_body_around(&source, registered->function, registered->line,
				    FUNCTION_LINES_MAX, &body)
		       ? qt_buffer_limit(&source, &body)
		       : 0;
}

unsigned int reading_library_pause(const struct frame *site, struct symbolizer *symbolizer)
{
	unsigned int line = 0;
	struct source_argument argument;
	struct source_cursor cursor;
	struct source_token token;
	struct source source;

	if (!site || frame_language(site) != &language_java || !site->file || !site->line)
		return 0;
	source = source_of(symbolizer, site);
	cursor = source_cursor_of_file(&source);
	while (source_next(&cursor, &token)) {
		unsigned int number = token.number;

		argument = (struct source_argument){ .cursor = &cursor };
		if (!name_is(token.name, "setAutoRead") ||
		    !source_argument_next(&argument, &token) || !name_is(token.name, "false"))
			continue;
		if (line)
			return 0;
		line = number;
	}
	return line;
}

char *reading_library_call(const struct frame *inside, const struct frame *site,
			   struct symbolizer *symbolizer)
{
	static const char *const calls[] = {
		"SSL_accept",  "SSL_connect", "SSL_do_handshake", "SSL_read",
		"SSL_read_ex", "SSL_peek",    "SSL_peek_ex",      "SSL_shutdown",
	};
	const char *call = NULL;

	if (inside && inside->function && strncmp(inside->function, "SSL_", 4) == 0)
		return allocate_printed("%s()", inside->function);
	if (site && !site->script)
		call = source_call(site, calls, sizeof(calls) / sizeof(calls[0]), false,
				   symbolizer);
	return call ? allocate_printed("%s()", call) : NULL;
}
