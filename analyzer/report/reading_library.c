/* SPDX-License-Identifier: MIT */
#include "analyzer/report/reading_library.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/report.h"

static const struct library_mark {
	const char *module;   /* how the name of its file begins; NULL: any */
	const char *function; /* how its functions begin; NULL: any */
	const char *script;   /* a part of its sources' path; NULL: no script */
	struct reading_library library;
} marks[] = {
	{
		.module = "node",
		.library = { "Node.js", "destroy()", "end() or destroy() on the socket",
			     "it emits 'end'", false, false },
	},
	{
		.module = "libnode.so",
		.library = { "Node.js", "destroy()", "end() or destroy() on the socket",
			     "it emits 'end'", false, false },
	},
	{
		.script = "/tornado/",
		.library = { "tornado", "stream.close()", "stream.close()",
			     "a read raises StreamClosedError, or the close callback is called",
			     false, false },
	},
	{
		.script = "/twisted/",
		.library = { "Twisted", "transport.loseConnection()", "transport.loseConnection()",
			     "connectionLost() or readConnectionLost() is called", false, false },
	},
	{
		.script = "/asyncio/",
		.library = { "asyncio", "writer.close()",
			     "writer.close() (transport.close() in a protocol)",
			     "read() returns b'' (eof_received() is called)", false, false },
	},
	{
		.script = "sun/net/www/protocol/http/",
		.library = { "HttpURLConnection", "close()",
			     "close() on the answer's stream (getErrorStream(), if the status is "
			     "an error), or disconnect(),",
			     "it returns -1", .opens = true },
	},
	{
		.script = "jdk/internal/net/http/",
		.library = { "java.net.http", "close()",
			     "close() on the answer's body, read or not,", "it returns -1",
			     .opens = true },
	},
	{
		.module = "libevent",
		.library = { "libevent", "bufferevent_free()", "bufferevent_free()",
			     "the callback gets BEV_EVENT_EOF", false, false },
	},
	{
		.module = "libuv.so",
		.library = { "libuv", "uv_close()", "uv_close() on the handle",
			     "the read callback gets UV_EOF", false, false },
	},
	{
		.function = "uv__",
		.library = { "libuv", "uv_close()", "uv_close() on the handle",
			     "the read callback gets UV_EOF", false, false },
	},
	{
		.function = "boost::asio::",
		.library = { "Boost.Asio", "close()",
			     "close() on the socket, or drop the last reference to it",
			     "its handler gets error::eof", false, false },
	},
	{
		.function = "asio::",
		.library = { "Asio", "close()",
			     "close() on the socket, or drop the last reference to it",
			     "its handler gets error::eof", false, false },
	},
	{
		.module = "libgio-2.0.so",
		.library = { "GIO", "g_io_stream_close()", "g_io_stream_close() on the connection",
			     "a read of it returns 0", false, false },
	},
	{
		.module = "libQt5Network.so",
		.library = { "Qt", "close()", "close() and deleteLater() on the socket",
			     "it emits disconnected()", false, false },
	},
	{
		.module = "libQt6Network.so",
		.library = { "Qt", "close()", "close() and deleteLater() on the socket",
			     "it emits disconnected()", false, false },
	},
	{
		.module = "libssl.so",
		.library = { "OpenSSL", "close()", "close() on the descriptor", "fails", true,
			     false },
	},
};

static bool is_of(const struct frame *frame, const struct library_mark *mark)
{
	const char *module = path_base(frame->module);

	if (frame->script || mark->script)
		return frame->script && mark->script && frame->file &&
		       strstr(frame->file, mark->script) != NULL;
	if (mark->function)
		return frame->function &&
		       strncmp(frame->function, mark->function, strlen(mark->function)) == 0;
	/* "node" is the whole name, "libuv.so" is followed by a version. */
	return strncmp(module, mark->module, strlen(mark->module)) == 0 &&
	       (strchr(mark->module, '.') || strcmp(mark->module, "libevent") == 0 ||
		module[strlen(mark->module)] == '\0');
}

const struct reading_library *reading_library_of(const struct frame *frames, size_t count,
						 const struct frame *site)
{
	size_t i, j;

	for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
		for (j = 0; j < count; j++) {
			if (is_of(&frames[j], &marks[i]))
				return &marks[i].library;
			if (&frames[j] == site)
				break;
		}
	return NULL;
}

char *reading_library_call(const struct frame *inside, const struct frame *site,
			   struct symbolizer *symbolizer)
{
	static const char *const calls[] = {
		"SSL_accept",  "SSL_connect", "SSL_do_handshake", "SSL_read",
		"SSL_read_ex", "SSL_peek",    "SSL_peek_ex",      "SSL_shutdown",
	};
	const char *line = NULL, *at;
	size_t i;

	if (inside && inside->function && strncmp(inside->function, "SSL_", 4) == 0)
		return allocate_printed("%s()", inside->function);
	if (site && site->file && site->line && !site->script)
		line = symbolizer_source_line(symbolizer, site->file, site->line);
	for (i = 0; line && i < sizeof(calls) / sizeof(calls[0]); i++) {
		at = strstr(line, calls[i]);
		if (at && at[strlen(calls[i])] == '(')
			return allocate_printed("%s()", calls[i]);
	}
	return NULL;
}
