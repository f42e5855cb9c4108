/* SPDX-License-Identifier: MIT */
/* How sentences name code. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "analyzer/report/frame_words.h"

static void assert_words(char *words, const char *expected)
{
	assert_string_equal(words, expected);
	free(words);
}

/* The line distinguishes overloaded functions; without one their parameters do. */
static void test_parameters(void **state)
{
	static const char *const cases[][2] = {
		{ "net/http.(*Transport).dial.func1", "net/http.(*Transport).dial.func1()" },
		{ "serve(int)", "serve()" },
		{ "Pool<int (int)>::take(Port, int) const", "Pool<int (int)>::take()" },
		{ "Client::~Client()", "Client::~Client()" },
		{ "main()::{lambda at srv.cpp:41}", "main()::{lambda at srv.cpp:41}" },
		{ "Handler::operator()(int)", "Handler::operator()(int)" },
		{ "read_request", "read_request()" },
	};
	struct frame frame = { .file = "/srv/server.cpp", .line = 3, .module = "/srv/server" };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		frame.function = cases[i][0];
		assert_words(frame_function(&frame), cases[i][1]);
	}
	frame.line = 0;
	frame.function = "serve(int)";
	assert_words(frame_function(&frame), "serve(int)");
}

static void test_places(void **state)
{
	struct frame frame = { .module = "/srv/server", .offset = 0x1315 };

	(void)state;
	assert_words(frame_place(&frame), "server+0x1315");
	/* A script without its lines has no offsets of code either. */
	frame.script = true;
	frame.module = "Net.java";
	frame.offset = 0;
	assert_words(frame_place(&frame), "Net.java");
}

/* A lambda has no other name than its place. */
static void test_place_is_named_once(void **state)
{
	struct frame frame = { .function = "serve(int)::{lambda()#1}::operator()() const",
			       .file = "/srv/srv.cpp",
			       .line = 41,
			       .module = "/srv/server" };

	(void)state;
	assert_words(frame_call(&frame), "serve(int)::{lambda at srv.cpp:41}");
	frame.function = "serve(int)";
	assert_words(frame_call(&frame), "serve() (srv.cpp:41)");
	/* What a lambda's class has besides is at a line of its own. */
	frame.function = "Later<main()::{lambda at srv.cpp:4}>::run()";
	assert_words(frame_call(&frame),
		     "Later<main()::{lambda at srv.cpp:4}>::run() (srv.cpp:41)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_place_is_named_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
