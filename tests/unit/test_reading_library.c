/* SPDX-License-Identifier: MIT */
/* Which library reads for a program, by a stack. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/report/reading_library.h"
#include "analyzer/symbolize/languages.h"

static struct frame frame_of(const char *function, const char *module)
{
	return (struct frame){ .function = function, .module = module, .build_id = "" };
}

static struct frame script(const char *function, const char *file)
{
	return (struct frame){
		.function = function, .file = file, .line = 3, .module = file, .script = true
	};
}

static void assert_library(const struct frame *frames, size_t count, size_t site,
			   const char *expected)
{
	const struct reading_library *library = reading_library_of(frames, count, &frames[site]);

	if (!expected)
		assert_null(library);
	else
		assert_string_equal(library->name, expected);
}

static void test_libraries(void **state)
{
	struct frame frames[] = { frame_of(NULL, ""), frame_of("main", "/srv/server") };
	static const struct {
		const char *function, *module, *library;
	} cases[] = {
		{ NULL, "/lib/x86_64-linux-gnu/libuv.so.1", "libuv" },
		{ "uv__read", "/srv/server", "libuv" },
		{ NULL, "/lib/libevent_core-2.1.so.7", "libevent" },
		{ "SSL_read", "/lib/libssl.so.3", "OpenSSL" },
		{ "SSL_read", "/srv/server", "OpenSSL" },
		{ "bufferevent_readcb", "/srv/server", "libevent" },
		{ "evhttp_bind_socket_with_handle", "/lib/libevent-2.1.so.7", "evhttp" },
		{ "Curl_cf_recv", "/srv/server", "libcurl" },
		{ "v8::Run()", "/usr/bin/node", "Node.js" },
		{ "read_line", "/usr/lib/libmine.so", NULL },
		{ "uv_less", "/srv/nodes", NULL },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		frames[0] = frame_of(cases[i].function, cases[i].module);
		assert_library(frames, 2, 1, cases[i].library);
	}
}

/* A handler that reads itself, called by a loop, is not the loop. */
static void test_below_the_site_alone(void **state)
{
	const struct frame frames[] = { frame_of("on_readable", "/srv/server"),
					frame_of("uv__io_poll", "/lib/libuv.so.1"),
					frame_of("main", "/srv/server") };

	(void)state;
	assert_library(frames, 3, 0, NULL);
	assert_library(frames, 3, 2, "libuv");
}

static void test_scripts(void **state)
{
	const struct frame frames[] = { script("_read_ready", "/usr/lib/python3.11/asyncio/x.py"),
					script("<module>", "/srv/asyncio_app.py") };

	(void)state;
	assert_library(frames, 2, 1, "asyncio");
	assert_library(&frames[1], 1, 0, NULL);
}

static struct frame script_in(const char *language, const char *file)
{
	struct frame frame = script("run", file);

	frame.language = language_named(language);
	return frame;
}

/* What opens connections for scripts, by its sources or by its module in native code. */
static void test_clients(void **state)
{
	static const struct {
		const char *language, *file, *library;
	} cases[] = {
		{ "python", "/usr/lib/python3/dist-packages/requests/sessions.py", "requests" },
		{ "python", "/srv/requests/sessions.py", NULL },
		{ "ruby", "/usr/lib/ruby/3.1.0/net/http.rb", "Net::HTTP" },
		{ "perl", "/usr/share/perl5/LWP/UserAgent.pm", "LWP" },
		{ "java", "okhttp3/internal/http/RealInterceptorChain.java", "OkHttp" },
	};
	const struct frame native[] = { frame_of("Curl_socket", "/lib/libcurl.so.4"),
					script_in("php", "/srv/index.php") };
	struct frame frames[2];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		frames[0] = script_in(cases[i].language, cases[i].file);
		frames[1] = script_in(cases[i].language, "/srv/app");
		assert_library(frames, 2, 1, cases[i].library);
	}
	assert_library(native, 2, 1, "curl");
}

/* Nobody reads the frames of what came with the interpreter. */
static void test_extensions(void **state)
{
	(void)state;
	assert_ptr_equal(language_of_machine("/usr/lib/x86_64-linux-gnu/ruby/3.1.0/socket.so"),
			 &language_ruby);
	assert_ptr_equal(language_of_machine("/usr/lib/php/20220829/sockets.so"), &language_php);
	assert_ptr_equal(language_of_machine("/opt/python/lib/python3.11/lib-dynload/x.so"),
			 &language_python);
	assert_null(language_of_machine("/srv/ruby/gems/puma/http.so"));
}

static void test_call(void **state)
{
	const struct frame inside = frame_of("SSL_accept", "/lib/libssl.so.3");
	const struct frame other = frame_of("BIO_read", "/lib/libssl.so.3");
	/* clang-format off */
	const struct frame site = { .function = "serve", .module = "", .file = __FILE__, .line = __LINE__ }; /* SSL_connect(ssl) */
	/* clang-format on */
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	char *call = reading_library_call(&inside, &site, symbolizer);

	(void)state;
	assert_string_equal(call, "SSL_accept()");
	free(call);
	call = reading_library_call(&other, &site, symbolizer);
	assert_string_equal(call, "SSL_connect()");
	free(call);
	assert_null(reading_library_call(NULL, NULL, symbolizer));
	symbolizer_free(symbolizer);
}

/* One way to use a library shows in any of a finding's stacks. */
static void test_ways_of_use(void **state)
{
	const struct frame read[] = { script("_read_ready", "/usr/lib/python3.11/asyncio/x.py") };
	struct frame other[] = { script("BaseEventLoop.create_server",
					"/usr/lib/python3.11/asyncio/base_events.py") };
	struct report_leak leak = {
		.stacks = { { .frames = read, .count = 1 }, { .frames = other, .count = 1 } },
		.stack_count = 2,
	};
	const struct reading_library *library = reading_library_of(read, 1, NULL);

	(void)state;
	assert_string_equal(reading_library_as_used(library, &leak)->call, "transport.close()");
	other[0] = script("StreamWriter.write", "/usr/lib/python3.11/asyncio/streams.py");
	assert_string_equal(reading_library_as_used(library, &leak)->ends, "read() returns b''");
	/* A client over the streams: its user has no writer. */
	other[0] = script("Redis.execute_command",
			  "/usr/lib/python3/dist-packages/redis/asyncio/client.py");
	assert_string_equal(reading_library_as_used(library, &leak)->call, "aclose()");
	other[0] = script("AsyncClient.send", "/usr/lib/python3/dist-packages/httpx/_client.py");
	assert_string_equal(reading_library_as_used(library, &leak)->name, "httpx");
	other[0] = script("create_server", "/srv/base_events.py");
	assert_ptr_equal(reading_library_as_used(library, &leak), library);
	assert_null(reading_library_as_used(NULL, &leak));
}

/* The line that pauses reading in a handler's file, which SOURCE is. */
static unsigned int pause_in(const char *source, const struct language *language)
{
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	char path[] = "/tmp/finleak-test.XXXXXX.java";
	int fd = mkstemps(path, 5);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	const struct frame frame = { .function = "Server$Chat.channelRead",
				     .file = path,
				     .line = 1,
				     .module = path,
				     .language = language,
				     .script = true };
	unsigned int line;

	assert_non_null(file);
	fputs(source, file);
	fclose(file);
	line = reading_library_pause(&frame, symbolizer);
	unlink(path);
	symbolizer_free(symbolizer);
	return line;
}

static void test_pause(void **state)
{
	static const char once[] = "class Chat {\n"
				   "	// setAutoRead(false)\n"
				   "	void begin() { config().setAutoRead(true); }\n"
				   "	void channelRead(Context context) {\n"
				   "		context.channel().config()\n"
				   "			.setAutoRead( false );\n"
				   "	}\n"
				   "}\n";

	(void)state;
	assert_int_equal(pause_in(once, &language_java), 6);
	assert_int_equal(pause_in(once, &language_python), 0);
	/* Which of two it is can't be known, nor what a variable says. */
	assert_int_equal(pause_in("config.setAutoRead(false);\n"
				  "other.setAutoRead(false);\n",
				  &language_java),
			 0);
	assert_int_equal(pause_in("config.setAutoRead(reads);\n", &language_java), 0);
	assert_int_equal(reading_library_pause(NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_libraries),
		cmocka_unit_test(test_pause),
		cmocka_unit_test(test_below_the_site_alone),
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_ways_of_use),
		cmocka_unit_test(test_clients),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
