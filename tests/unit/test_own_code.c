/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "analyzer/call_sites/own_code.h"
#include "analyzer/call_sites/identifying_frames.h"

static const struct own_globs no_globs;

static void test_own_code(void **state)
{
	const struct frame frames[] = {
		{ .function = "recv", .module = "/lib/x86_64-linux-gnu/libc.so.6" },
		{ .function = "bufferevent_read", .module = "/usr/lib/libevent.so" },
		{ .function = "on_read", .module = "/opt/server" },
		{ .function = "main", .module = "/usr/bin/server" },
	};
	const char *const own[] = { "libevent*", NULL };

	(void)state;
	assert_ptr_equal(own_code_site(frames, 4, "/usr/bin/server", &no_globs), &frames[2]);
	assert_ptr_equal(own_code_site(frames, 4, "", &(const struct own_globs){ .own = own }),
			 &frames[1]);
	assert_ptr_equal(own_code_site(frames, 2, "/usr/bin/server", &no_globs), &frames[0]);
	assert_ptr_equal(own_code_site(&frames[3], 1, "/usr/bin/server", &no_globs), &frames[3]);
	assert_null(own_code_site(frames, 0, "", &no_globs));
}

static struct frame script_frame(const char *file)
{
	return (struct frame){ .function = "f", .file = file, .module = file, .script = true };
}

/* --foreign has the last word, over sources and modules alike. */
static void test_foreign_code(void **state)
{
	const struct frame frames[] = {
		{ .function = "pool_read",
		  .file = "/src/third_party/pool.c",
		  .module = "/opt/server" },
		{ .function = "plugin_read", .module = "/opt/lib/plugin.so" },
		{ .function = "serve", .file = "/src/serve.c", .module = "/opt/server" },
	};
	const char *const foreign[] = { "*/third_party/*", "plugin.so", NULL };
	const char *const own[] = { "/src/*", NULL };
	const struct own_globs globs = { .foreign = foreign };
	const struct own_globs both = { .own = own, .foreign = foreign };

	(void)state;
	assert_ptr_equal(own_code_site(frames, 3, "/opt/server", &no_globs), &frames[0]);
	assert_ptr_equal(own_code_site(frames, 3, "/opt/server", &globs), &frames[2]);
	assert_ptr_equal(own_code_site(frames, 3, "/opt/server", &both), &frames[2]);
	/* Better than none. */
	assert_ptr_equal(own_code_site(frames, 1, "/opt/server", &globs), &frames[0]);
}

/* A library that is linked into the program, with sources, reads for its code all the same. */
static void test_linked_library(void **state)
{
	static const struct {
		const char *function, *file;
		bool is_own;
	} cases[] = {
		{ "evbuffer_read", "/src/libevent/buffer.c", false },
		{ "bufferevent_readcb", "bufferevent_sock.c", false },
		{ "event_process_active_single_queue", NULL, false },
		{ "uv__read", "/src/deps/uv/src/unix/stream.c", false },
		{ "ev_invoke_pending", NULL, false },
		{ "SSL_read", NULL, false },
		{ "sock_read", "/src/openssl/crypto/bio/bss_sock.c", false },
		{ "Curl_socket_recv", NULL, false },
		{ "gz_load", "/src/zlib/gzread.c", false },
		{ "boost::asio::detail::socket_ops::recv(int, void*, unsigned long)",
		  "/src/third_party/boost/asio/detail/impl/socket_ops.ipp", false },
		{ "uv_server_read", "/src/server/main.c", true },
		{ "sock_read", "/src/server/sock.c", true },
		{ "event_handler", "/src/server/event.c", true },
		{ "on_bufferevent_read", "/src/server/main.c", true },
		{ "evhttp_connection_read", "/src/libevent/http.c", true },
	};
	const char *const all[] = { "/src/", NULL };
	const struct own_globs own = { .own = all };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct frame frame = { .function = cases[i].function,
					     .file = cases[i].file,
					     .module = "/opt/server" };

		if (own_code_is_own(&frame, "/opt/server", &no_globs) != cases[i].is_own)
			fail_msg("%s", cases[i].function);
		/* Who works on the library says so. */
		if (cases[i].file && cases[i].file[0] == '/')
			assert_true(own_code_is_own(&frame, "/opt/server", &own));
	}
}

/* Where a library's thread started shows nothing: its code does, though it has no names. */
static void test_start_of_thread(void **state)
{
	const struct frame frames[] = {
		{ .module = "/lib/x86_64-linux-gnu/libmicrohttpd.so.12", .offset = 0xc95d },
		{ .function = "start_thread", .module = "/lib/x86_64-linux-gnu/libc.so.6" },
		{ .function = "__clone3", .module = "/lib/x86_64-linux-gnu/libc.so.6" },
	};

	(void)state;
	assert_ptr_equal(own_code_site(frames, 3, "/opt/server", &no_globs), &frames[0]);
}

/* A glob need not begin at the root, and may be a folder. */
static void test_globs(void **state)
{
	static const struct {
		const char *glob, *file;
		bool matches;
	} cases[] = {
		{ "third_party/*", "/src/third_party/zip/read.c", true },
		{ "third_party/", "/src/third_party/zip/read.c", true },
		{ "third_party/", "third_party/read.c", true },
		{ "third_party/", "/src/third_party", false },
		{ "third_party", "/src/third_party/zip/read.c", false },
		{ "src/net", "/home/me/src/net/read.c", true },
		{ "src/net", "/home/me/src/network/read.c", false },
		{ "src/net", "/home/me/other_src/net/read.c", false },
		{ "/src", "/src/read.c", true },
		{ "/src/", "/src/read.c", true },
		{ "/net", "/src/net/read.c", false },
		{ "read.c", "/src/net/read.c", true },
		{ "read.*", "read.c", true },
		{ "net/read.?", "/src/net/read.c", true },
		{ "*/net/*", "/src/net/read.c", true },
		{ "/home/*/.cargo/", "/home/me/.cargo/registry/src/tokio/read.rs", true },
		{ "[", "/src/net/read.c", false },
		{ "", "/src/net/read.c", false },
	};
	struct frame frame = { .function = "serve", .module = "/opt/server" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *const globs[] = { cases[i].glob, NULL };
		const struct own_globs foreign = { .foreign = globs };

		frame.file = cases[i].file;
		if (own_code_is_own(&frame, "/opt/server", &foreign) == cases[i].matches)
			fail_msg("%s: %s", cases[i].glob, cases[i].file);
	}
}

/* Where a script runs, its interpreter and what is installed for it are libraries. */
static void test_own_script(void **state)
{
	struct frame frames[] = {
		{ .function = "sock_recv",
		  .module = "/opt/py/lib/python3.11/lib-dynload/_socket.so" },
		{ .function = "vectorcall", .module = "/opt/py/lib/libpython3.11.so.1.0" },
		script_frame("/usr/lib/python3.11/socket.py"),
		script_frame("/opt/py/lib/python3.13t/asyncio/events.py"),
		script_frame("/home/me/venv/lib/python3.12/site-packages/gunicorn/app.py"),
		script_frame("/usr/lib/python3/dist-packages/flask/app.py"),
		script_frame("<frozen runpy>"),
		script_frame("/usr/lib/my/lib/python3.x/app.py"),
		{ .function = "main", .module = "/opt/py/bin/python3.11" },
	};
	const struct frame extension = { .function = "fast_read", .module = "/home/me/fast.so" };
	const struct frame library = { .function = "uv_read", .module = "/usr/lib/libuv.so" };
	const size_t count = sizeof(frames) / sizeof(frames[0]);
	const char *python = "/opt/py/bin/python3.11";
	const char *const own[] = { "*/gunicorn/*", NULL };

	(void)state;
	assert_ptr_equal(own_code_site(frames, count, python, &no_globs), &frames[7]);
	assert_ptr_equal(
		own_code_site(frames, count, python, &(const struct own_globs){ .own = own }),
		&frames[4]);
	/* None is own: the innermost of the script, not the interpreter it is executed by. */
	frames[7] = script_frame("<frozen importlib._bootstrap>");
	assert_ptr_equal(own_code_site(frames, count, python, &no_globs), &frames[2]);
	/* A program that embeds the interpreter is own code; a script inside of it more so. */
	frames[8].module = "/usr/bin/game";
	assert_ptr_equal(own_code_site(frames, count, "/usr/bin/game", &no_globs), &frames[8]);
	frames[7] = script_frame("<string>");
	assert_ptr_equal(own_code_site(frames, count, "/usr/bin/game", &no_globs), &frames[7]);
	/* The user's own native code inside of it is nearer still; a system library is not. */
	frames[0] = library;
	assert_ptr_equal(own_code_site(frames, count, python, &no_globs), &frames[7]);
	frames[0] = extension;
	assert_ptr_equal(own_code_site(frames, count, python, &no_globs), &frames[0]);
}

static struct frame frame_of(const struct language *language, const char *file)
{
	return (struct frame){
		.function = "f",
		.file = file,
		.module = file,
		.script = true,
		.language = language,
	};
}

/* What runs a script, and what was installed for it, by the script's language. */
static void test_own_script_of_other_languages(void **state)
{
	static const struct {
		const struct language *language;
		const char *machine, *library, *own;
	} cases[] = {
		{ &language_javascript, "/usr/bin/node", "node:net", "/srv/app.js" },
		{ &language_javascript, "/opt/node", "/srv/node_modules/ws/ws.js", "/srv/app.js" },
		{ &language_javascript, "/opt/node", "net.js", "/srv/net.js" },
		{ &language_javascript, "/opt/node", "internal/timers.js", "/srv/internal/a.js" },
		{ &language_php, "/usr/sbin/php-fpm8.2", "/srv/vendor/a/b.php", "/srv/a.php" },
		{ &language_ruby, "/usr/bin/ruby3.1", "/usr/lib/ruby/3.1.0/net/http.rb", "/a.rb" },
		{ &language_ruby, "/usr/bin/ruby3.1", "(eval):1", "/a.rb" },
		{ &language_perl, "/usr/bin/perl", "/usr/share/perl5/LWP.pm", "/srv/a.pl" },
		{ &language_perl, "/usr/bin/perl", "(eval 6)", "/srv/a.pl" },
		{ &language_perl, "/usr/bin/perl",
		  "/usr/lib/x86_64-linux-gnu/perl5/5.36/AnyEvent/Handle.pm", "/srv/lib/Srv.pm" },
		{ &language_perl, "/usr/bin/perl", "/usr/lib64/perl5/IO/Socket.pm",
		  "/srv/library/perl/a.pl" },
		{ &language_perl, "/usr/bin/perl", "/home/me/perl5/lib/perl5/EV.pm",
		  "/home/me/perl5/a.pl" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct frame frames[] = {
			{ .function = "run", .module = cases[i].machine },
			frame_of(cases[i].language, ""),
			frame_of(cases[i].language, cases[i].library),
			frame_of(cases[i].language, cases[i].own),
			{ .function = "main", .module = cases[i].machine },
		};

		assert_ptr_equal(own_code_site(frames, 5, cases[i].machine, &no_globs), &frames[3]);
		/* Another language's machine is a program like others. */
		assert_ptr_equal(own_code_site(frames, 5, "/usr/bin/python3", &no_globs),
				 &frames[3]);
	}
}

/* Without the user's code, a package that opened the connection is nearer than node or the JDK. */
static void test_package_is_nearer_than_library(void **state)
{
	static const struct {
		const struct language *language;
		const char *machine, *built_in, *package;
	} cases[] = {
		{ &language_javascript, "/usr/bin/node", "node:net",
		  "/srv/node_modules/got/index.js" },
		{ &language_java, "/usr/bin/java", "sun/nio/ch/Net.java",
		  "io/netty/channel/nio/NioEventLoop.java" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct frame frames[] = {
			{ .function = "run", .module = cases[i].machine },
			frame_of(cases[i].language, cases[i].built_in),
			frame_of(cases[i].language, cases[i].package),
			frame_of(cases[i].language, cases[i].package),
			frame_of(cases[i].language, cases[i].built_in),
		};

		assert_ptr_equal(own_code_site(frames, 5, cases[i].machine, &no_globs), &frames[2]);
		assert_ptr_equal(own_code_site(frames, 2, cases[i].machine, &no_globs), &frames[1]);
	}
}

/* Many a program is called node: its own functions are its own, those of node's are not. */
static void test_engine_without_script(void **state)
{
	const struct frame frames[] = {
		{ .function = "uv__read", .module = "/opt/node" },
		{ .function = "int node::StreamBase::WriteString<(node::encoding)4>(void*)",
		  .module = "/opt/node" },
		{ .function = "node::Start(int, char**)", .module = "/opt/node" },
		{ .function = "serve", .module = "/opt/node" },
	};

	(void)state;
	assert_ptr_equal(own_code_site(frames, 4, "/opt/node", &no_globs), &frames[3]);
	assert_ptr_equal(own_code_site(frames, 2, "/opt/node", &no_globs), &frames[0]);
	assert_false(own_code_is_own(&frames[0], "/opt/node", &no_globs));
}

/* What a library's header inlined or instantiated into the program is not the program's own. */
static void test_own_code_in_system_headers(void **state)
{
	static const char *const own[] = { "server", NULL };
	const struct frame frames[] = {
		{ .module = "/opt/server",
		  .function = "recv",
		  .file = "/usr/include/x86_64-linux-gnu/bits/socket2.h",
		  .inlined = true },
		{ .module = "/opt/server",
		  .function = "std::getline()",
		  .file = "/opt/gcc/include/c++/14/bits/basic_string.h" },
		{ .module = "/opt/server",
		  .function = "asio::read()",
		  .file = "/usr/local/include/asio/read.hpp" },
		{ .module = "/opt/server",
		  .function = "serve",
		  .file = "/src/usr/include/serve.h" },
		{ .module = "/opt/server", .function = "main", .file = "/src/main.c" },
	};

	(void)state;
	assert_ptr_equal(own_code_site(frames, 5, "/opt/server", &no_globs), &frames[3]);
	assert_ptr_equal(
		own_code_site(frames, 5, "/opt/server", &(const struct own_globs){ .own = own }),
		&frames[3]);
	assert_ptr_equal(own_code_site(frames, 3, "/opt/server", &no_globs), &frames[0]);
}

/* clang links its sanitizers' stand-ins for libc's calls into the program. */
static void test_own_code_is_no_sanitizer(void **state)
{
	const struct frame frames[] = {
		{ .module = "/opt/server", .function = "__interceptor_read" },
		{ .module = "/opt/server", .function = "serve", .file = "/src/serve.c" },
	};

	(void)state;
	assert_ptr_equal(own_code_site(frames, 2, "/opt/server", &no_globs), &frames[1]);
}

static struct frame from_source(const char *file)
{
	return (struct frame){ .function = "f", .file = file, .module = "/opt/server" };
}

/* What a toolchain or a package registry linked into the program is not its own code. */
static void test_own_code_is_no_package(void **state)
{
	static const char *const libraries[] = {
		"/rustc/90b35a6/library/std/src/net/tcp.rs",
		"/usr/src/rustc-1.63.0/library/std/src/net/tcp.rs",
		"/home/me/.rustup/toolchains/stable/lib/rustlib/src/rust/library/std/src/net.rs",
		"/home/me/.cargo/registry/src/index.crates.io-6f17d22b/mio-1.0.2/src/poll.rs",
		"/root/.cargo/git/checkouts/hyper-1/src/server.rs",
		"/usr/local/go/src/net/net.go",
		"/usr/lib/go-1.19/src/internal/poll/fd_unix.go",
		"/home/me/src/sdk/go1.22.1/src/net/http/server.go",
		"/usr/lib/go-1.19/src/runtime/internal/syscall/asm_linux_amd64.s",
		"net/http/server.go",
		"<autogenerated>",
		"/home/me/go/pkg/mod/golang.org/x/net@v0.1.0/http2/h2.go",
		"/srv/app/node_modules/ws/lib/websocket.js",
		"node:internal/net",
		"/usr/lib/python3/dist-packages/twisted/tcp.py",
		"/srv/venv/lib/python3.12/site-packages/uvloop/handles/tcp.pyx",
	};
	struct frame frames[2] = { [1] = from_source("/src/rustc/library/serve.rs") };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(libraries) / sizeof(libraries[0]); i++) {
		frames[0] = from_source(libraries[i]);
		assert_ptr_equal(own_code_site(frames, 2, "/opt/server", &no_globs), &frames[1]);
		assert_ptr_equal(own_code_site(frames, 1, "/opt/server", &no_globs), &frames[0]);
	}
}

/* A project of Go may lie below src/, and have packages that are called as the library's. */
static void test_own_code_in_go(void **state)
{
	static const char *const own[] = {
		"/home/me/src/relay/serve.go", "/home/me/src/relay/net/serve.go",
		"relay/net/serve.go",          "/home/me/src/net.go",
		"/srv/src/net/serve.c",
	};
	struct frame frames[2] = { [1] = from_source("/src/main.go") };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(own) / sizeof(own[0]); i++) {
		frames[0] = from_source(own[i]);
		assert_ptr_equal(own_code_site(frames, 2, "/opt/server", &no_globs), &frames[0]);
	}
}

/* --own takes sources too, by path and by file name; a module's library code stays foreign. */
static void test_own_sources(void **state)
{
	static const char *const by_path[] = { "*/mio-*", NULL };
	static const char *const by_name[] = { "poll.rs", NULL };
	static const char *const by_module[] = { "server", NULL };
	const struct frame frames[] = {
		from_source("/rustc/90b35a6/library/std/src/net/tcp.rs"),
		from_source("/root/.cargo/registry/src/index/mio-1.0.2/src/poll.rs"),
		from_source("/src/serve.rs"),
	};

	(void)state;
	assert_ptr_equal(own_code_site(frames, 3, "/opt/server",
				       &(const struct own_globs){ .own = by_path }),
			 &frames[1]);
	assert_ptr_equal(own_code_site(frames, 3, "/opt/server",
				       &(const struct own_globs){ .own = by_name }),
			 &frames[1]);
	assert_ptr_equal(own_code_site(frames, 3, "/opt/server",
				       &(const struct own_globs){ .own = by_module }),
			 &frames[2]);
}

static size_t telling(const struct frame *frames, size_t count)
{
	size_t identifying_count;

	free(identifying_frames(frames, count, "/opt/server", &no_globs, &identifying_count));
	return identifying_count;
}

/* Generated code and stripped libraries have no names; the program's own counts all the same. */
static void test_identifying_frames(void **state)
{
	const struct frame frames[] = {
		{ .module = "" },
		{ .module = "/usr/lib/libuv.so", .offset = 16 },
		{ .module = "/opt/server", .offset = 16 },
		{ .module = "/usr/lib/libuv.so", .function = "uv_run" },
	};

	(void)state;
	assert_int_equal(telling(frames, 3), 1);
	/* How a library calls the program is not the program's affair. */
	assert_int_equal(telling(frames, 4), 1);
	/* Where there is nothing better, any frame must do. */
	assert_int_equal(telling(frames, 2), 2);
	assert_int_equal(telling(frames, 0), 0);
}

/* A server calls a handler by one way or another; the interpreter's executable is nobody's. */
static void test_identifying_frames_of_handlers(void **state)
{
	const struct frame frames[] = {
		frame_of(&language_python, "/usr/lib/python3.11/socket.py"),
		frame_of(&language_python, "/srv/app.py"),
		frame_of(&language_python, "/usr/lib/python3/dist-packages/gunicorn/sync.py"),
		frame_of(&language_python, "/srv/serve.py"),
		frame_of(&language_python, "/usr/lib/python3.11/threading.py"),
		{ .module = "/opt/server", .function = "Py_RunMain" },
	};

	(void)state;
	assert_int_equal(telling(frames, 6), 4);
	assert_int_equal(telling(frames, 3), 2);
	assert_int_equal(telling(frames, 1), 1);
}

/* What V8 has compiled, what it interprets, and how its event loop called that: all the same. */
static void test_identifying_frames_of_javascript(void **state)
{
	const struct frame frames[] = {
		{ .module = "/usr/bin/node", .function = "node::TCPWrap::Connect()" },
		{ .module = "/usr/bin/node", .function = "Builtins_InterpreterEntryTrampoline" },
		{ .module = "" },
		{ .module = "/usr/bin/node", .function = "Builtins_JSEntry" },
		{ .module = "/usr/bin/node", .function = "node::Environment::RunTimers()" },
	};

	(void)state;
	assert_int_equal(telling(frames, 5), 1);
}

/* PHP closes what a script forgot at the end of each request: the process ends with it or goes on.
 */
static void test_end_of_run(void **state)
{
	static const struct {
		const char *executable, *command;
		bool ends;
	} cases[] = {
		{ "/usr/bin/php8.2", "php\0a.php\0-S\0", true },
		{ "/usr/bin/php", "php\0", true },
		{ "/usr/bin/php", "php\0-d\0-S\0-r\0echo 1;\0", true },
		{ "/usr/bin/php8.2", "php\0-S\0localhost:80\0", false },
		{ "/usr/bin/php8.2", "php\0-q\0-t\0/srv\0-Slocalhost:80\0", false },
		{ "/usr/bin/php", "php\0-d\0", true },
		{ "/usr/sbin/php-fpm8.2", "php-fpm: pool www\0", false },
		{ "/usr/bin/php-cgi8.2", "php-cgi\0", false },
		{ "/usr/sbin/apache2", "apache2\0-S\0", false },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(language_machine_ends("php_request_shutdown", cases[i].executable,
						       cases[i].command),
				 cases[i].ends);
	assert_true(language_machine_ends("php_module_shutdown", "/usr/sbin/apache2", ""));
	assert_true(language_machine_ends("perl_destruct", "/usr/bin/perl", "perl\0"));
	assert_false(language_machine_ends("php_execute_script", "/usr/bin/php", "php\0"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_own_code),
		cmocka_unit_test(test_foreign_code),
		cmocka_unit_test(test_linked_library),
		cmocka_unit_test(test_start_of_thread),
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_own_code_in_system_headers),
		cmocka_unit_test(test_own_code_is_no_sanitizer),
		cmocka_unit_test(test_own_code_is_no_package),
		cmocka_unit_test(test_own_code_in_go),
		cmocka_unit_test(test_own_sources),
		cmocka_unit_test(test_own_script),
		cmocka_unit_test(test_own_script_of_other_languages),
		cmocka_unit_test(test_package_is_nearer_than_library),
		cmocka_unit_test(test_engine_without_script),
		cmocka_unit_test(test_identifying_frames),
		cmocka_unit_test(test_identifying_frames_of_handlers),
		cmocka_unit_test(test_identifying_frames_of_javascript),
		cmocka_unit_test(test_end_of_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
