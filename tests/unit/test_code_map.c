/* SPDX-License-Identifier: MIT */
/* Maps of code made at run time, and the names in them. */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/code_map.h"
#include "analyzer/recordings/code_map_file.h"

static struct code_map *map_of(const char *text)
{
	return code_map_new(allocate_text(text), strlen(text));
}

static const char *function_at(struct code_map *map, uint64_t address)
{
	struct script_place place;

	return code_map_find(map, address, &place) ? place.function : NULL;
}

/* By definition: the last line that holds ADDRESS; 0: none. */
static unsigned int search(const uint64_t *starts, const uint64_t *sizes, unsigned int count,
			   uint64_t address)
{
	unsigned int i, found = 0;

	for (i = 0; i < count; i++)
		if (address >= starts[i] && address - starts[i] < sizes[i])
			found = i + 1;
	return found;
}

static void last_line_about_an_address_holds(void **state)
{
	enum { LINES = 60, ADDRESSES = 100, ROUNDS = 200 };
	uint64_t starts[LINES], sizes[LINES];
	unsigned int round, i;

	(void)state;
	srand(1);
	for (round = 0; round < ROUNDS; round++) {
		unsigned int count = 1 + (unsigned int)rand() % LINES;
		char text[LINES * 32] = "";
		struct code_map *map;
		uint64_t address;

		for (i = 0; i < count; i++) {
			starts[i] = (uint64_t)rand() % ADDRESSES;
			sizes[i] = 1 + (uint64_t)rand() % 20;
			sprintf(text + strlen(text), "%lx %lx f%u\n", (unsigned long)starts[i],
				(unsigned long)sizes[i], i + 1);
		}
		map = map_of(text);
		assert_non_null(map);
		for (address = 0; address < ADDRESSES + 30; address++) {
			unsigned int wanted = search(starts, sizes, count, address);
			const char *found = function_at(map, address);
			char name[16];

			snprintf(name, sizeof(name), "f%u", wanted);
			if (wanted)
				assert_string_equal(found, name);
			else
				assert_null(found);
		}
		code_map_free(map);
	}
}

static void lines_that_are_none_are_left_out(void **state)
{
	struct code_map *map;

	(void)state;
	assert_null(map_of(""));
	assert_null(map_of("\n\n"));
	/* The end of a line that is still written is missing. */
	assert_null(map_of("10 10 name"));
	assert_null(map_of("10 0 empty\n"));
	assert_null(map_of("10 ffffffffffffffff overflow\n"));
	assert_null(map_of("11111111111111111 1 too wide\n"));
	assert_null(map_of("10 10\n10 10 \ng 10 f\n10  10 f\n 10 10 f\n"));
	map = map_of("x\n0x10 0X10 f\n20 1 g\nfffffffffffffffe 1 top\n30 10 un");
	assert_string_equal(function_at(map, 0x1f), "f");
	assert_string_equal(function_at(map, 0x20), "g");
	assert_string_equal(function_at(map, UINT64_MAX - 1), "top");
	assert_null(function_at(map, 0xf));
	assert_null(function_at(map, 0x21));
	assert_null(function_at(map, 0x30));
	assert_null(function_at(map, UINT64_MAX));
	code_map_free(map);
}

static void names_are_taken_apart(void **state)
{
	static const struct {
		const char *name, *function, *file;
		unsigned int line;
		const char *language;
	} cases[] = {
		{ "JS:~onEnd /srv/app.js:5:36", "onEnd", "/srv/app.js", 5, "javascript" },
		{ "JS:*onEnd /srv/my app.js:5:36", "onEnd", "/srv/my app.js", 5, "javascript" },
		{ "LazyCompile:*Socket.write node:net:12:3", "Socket.write", "node:net", 12,
		  "javascript" },
		{ "JS:^get value /a:b.js:1:2", "get value", "/a:b.js", 1, "javascript" },
		{ "JS:~ /srv/app.js:9:31", "<anonymous>", "/srv/app.js", 9, "javascript" },
		{ "JS:+f file:///srv/my%20app.mjs:7:1", "f", "/srv/my app.mjs", 7, "javascript" },
		{ "JS:~f file:///a%00b%zz%2:7:1", "f", "/a%00b%zz%2", 7, "javascript" },
		{ "JS:~ [eval]:3:4", "<anonymous>", "[eval]", 3, "javascript" },
		{ "JS:~f /x.js:99999999999:1", "JS:~f /x.js:99999999999:1", "", 0, "compiled" },
		{ "JS:~", "JS:~", "", 0, "compiled" },
		{ "JS::1:1", "<anonymous>", "", 1, "javascript" },
		{ "Builtin:CEntry", "Builtin:CEntry", "", 0, "compiled" },
		{ "py::serve:/srv/app.py", "serve", "/srv/app.py", 0, "python" },
		{ "TRACE_12::app.lua:34", "TRACE_12", "app.lua", 34, "lua" },
		{ "$my_server:handle_info/2", "my_server:handle_info/2", "", 0, "erlang" },
		{ "void [Leak] Leak.Server::Serve(int32)[Tier0]",
		  "void [Leak] Leak.Server::Serve(int32)[Tier0]", "", 0, "compiled" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *text = allocate_printed("10 10 %s\n", cases[i].name);
		struct code_map *map = code_map_new(text, strlen(text));
		struct script_place place;

		assert_true(code_map_find(map, 0x18, &place));
		assert_string_equal(place.function, cases[i].function);
		assert_string_equal(place.file, cases[i].file);
		assert_int_equal(place.line, cases[i].line);
		assert_string_equal(place.language, cases[i].language);
		code_map_free(map);
	}
}

/* No process has this ID: it is above PID_MAX_LIMIT. */
#define NO_PID 99000000

static char map_path[64], other_path[80];

static void write_map(const char *path)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	fputs("1000 10 written\n", file);
	fclose(file);
}

static int remove_maps(void **state)
{
	(void)state;
	unlink(map_path);
	unlink(other_path);
	return 0;
}

static int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * 1000000000ll + time.tv_nsec;
}

static bool is_used(const struct recording *recording)
{
	struct code_map *map = code_map_of(recording);
	bool used = map != NULL;

	code_map_free(map);
	return used;
}

/* What lies in /tmp may be anybody's, and of another process that had the same ID. */
static void map_in_tmp_must_be_the_process_own(void **state)
{
	struct recording recording = {
		.path = (char *)"/nonexistent/a.99000000.0.finleak",
		.header = { .pid = NO_PID, .start_ns = 1000 },
		.user = geteuid(),
	};

	(void)state;
	snprintf(map_path, sizeof(map_path), "/tmp/perf-%d.map", NO_PID);
	snprintf(other_path, sizeof(other_path), "/tmp/perf-%d.map.other", NO_PID);
	remove_maps(NULL);
	recording.header.start_realtime_ns = now();
	assert_false(is_used(&recording));
	write_map(map_path);
	assert_true(is_used(&recording));
	/* It had ended before the file was written; or was not there yet. */
	recording.header.start_realtime_ns -= 5000000000ll;
	assert_true(is_used(&recording));
	recording.header.end_ns = recording.header.start_ns + 1000000000ull;
	assert_false(is_used(&recording));
	recording.header.start_realtime_ns += 10000000000ll;
	recording.header.end_ns = 0;
	assert_false(is_used(&recording));
	recording.header.start_realtime_ns -= 10000000000ll;
	assert_true(is_used(&recording));
	/* Somebody else's. */
	recording.user = geteuid() + 1;
	assert_false(is_used(&recording));
	recording.user = geteuid();
	/* No link, of either kind, and nothing else that could make the reader wait. */
	assert_int_equal(link(map_path, other_path), 0);
	assert_false(is_used(&recording));
	assert_int_equal(unlink(map_path), 0);
	assert_int_equal(symlink(other_path, map_path), 0);
	assert_false(is_used(&recording));
	assert_int_equal(unlink(map_path), 0);
	assert_int_equal(mkfifo(map_path, 0600), 0);
	assert_false(is_used(&recording));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(last_line_about_an_address_holds),
		cmocka_unit_test(lines_that_are_none_are_left_out),
		cmocka_unit_test(names_are_taken_apart),
		cmocka_unit_test_teardown(map_in_tmp_must_be_the_process_own, remove_maps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
