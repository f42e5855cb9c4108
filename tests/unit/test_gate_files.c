/* SPDX-License-Identifier: MIT */
/* Suppressions and baselines: what is taken of their files, and what is refused with its line. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/gate/baseline.h"
#include "analyzer/gate/suppressions.h"
#include "analyzer/gate/wildcard.h"

static void test_patterns(void **state)
{
	static const struct {
		const char *pattern, *text;
		int matches;
	} cases[] = {
		{ "read", "read_request", 1 },
		{ "request", "read_request", 1 },
		{ "^read", "read_request", 1 },
		{ "^request", "read_request", 0 },
		{ "request$", "read_request", 1 },
		{ "read$", "read_request", 0 },
		{ "^read_request$", "read_request", 1 },
		{ "^read_reques$", "read_request", 0 },
		{ "^r*t$", "read_request", 1 },
		{ "^r*x$", "read_request", 0 },
		{ "r*d*q", "read_request", 1 },
		{ "q*d", "read_request", 0 },
		{ "a*b*c", "abcabxc", 1 },
		{ "^a*b*c$", "abcabxcd", 0 },
		{ "*", "", 1 },
		{ "^$", "", 1 },
		{ "^$", "x", 0 },
		{ "x", "", 0 },
		{ "^", "anything", 1 },
		{ "$", "anything", 1 },
		/* Nothing but the star is special. */
		{ "operator[]", "T::operator[](int)", 1 },
		{ "op?rator", "operator", 0 },
		{ "[a-z]", "b", 0 },
		{ "a^b", "xa^bx", 1 },
		{ "a$b", "xa$bx", 1 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *wildcard = wildcard_of(cases[i].pattern);

		if (wildcard_matches(wildcard, cases[i].text) != cases[i].matches)
			fail_msg("'%s' and '%s'", cases[i].pattern, cases[i].text);
		free(wildcard);
	}
}

/* Patterns that take exponential time in a naive matcher. */
static void test_patterns_take_bounded_time(void **state)
{
	char pattern[2001], text[20001], *wildcard;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (size_t i = 0; i < sizeof(pattern) - 1; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[sizeof(pattern) - 2] = 'b';
	pattern[sizeof(pattern) - 1] = '\0';
	wildcard = wildcard_of(pattern);
	assert_false(wildcard_matches(wildcard, text));
	free(wildcard);
}

/* What is written to stderr while a file with SIZE bytes of TEXT is read by READ. */
static char *complaint_about(const char *text, size_t size, bool (*read)(const char *path),
			     bool expected)
{
	char path[] = "/tmp/finleak-unit.XXXXXX", errors[] = "/tmp/finleak-unit.XXXXXX";
	static char complaint[8192];
	int fd = mkstemp(path), caught = mkstemp(errors), before = dup(STDERR_FILENO);
	ssize_t length;
	char *name;

	assert_int_equal(write(fd, text, size), size);
	fflush(stderr);
	dup2(caught, STDERR_FILENO);
	assert_int_equal(read(path), expected);
	fflush(stderr);
	dup2(before, STDERR_FILENO);
	length = pread(caught, complaint, sizeof(complaint) - 1, 0);
	complaint[length > 0 ? length : 0] = '\0';
	close(before);
	close(caught);
	close(fd);
	unlink(path);
	unlink(errors);
	if (!complaint[0])
		return complaint;
	/* Without the name of the file. */
	name = strstr(complaint, path);
	assert_ptr_equal(name, complaint + strlen("finleak: "));
	return name + strlen(path);
}

static struct suppressions suppressions;

static bool read_suppressions(const char *path)
{
	return suppressions_read(&suppressions, path);
}

static void test_suppressions(void **state)
{
	static const char text[] = "# comment: none\n"
				   "\n"
				   "leak:read_request\r\n"
				   "  \teof:^main$  \n"
				   "opened:a b:c#d\n"
				   "class:fin-unread\n"
				   "peer:[::1]:80\n"
				   "   # comment\n"
				   "id:0123456789abcdef";
	const struct suppression expected[] = {
		{ SUPPRESS_LEAK, (char[]){ "*read_request*" }, NULL, NULL, 3 },
		{ SUPPRESS_EOF, (char[]){ "main" }, NULL, NULL, 4 },
		{ SUPPRESS_OPENED, (char[]){ "*a b:c#d*" }, NULL, NULL, 5 },
		{ SUPPRESS_CLASS, (char[]){ "*fin-unread*" }, NULL, NULL, 6 },
		{ SUPPRESS_PEER, (char[]){ "*[::1]:80*" }, NULL, NULL, 7 },
		{ SUPPRESS_ID, (char[]){ "*0123456789abcdef*" }, NULL, NULL, 9 },
	};
	size_t i;

	(void)state;
	complaint_about(text, sizeof(text) - 1, read_suppressions, true);
	assert_int_equal(suppressions.count, 6);
	for (i = 0; i < suppressions.count; i++) {
		assert_int_equal(suppressions.list[i].kind, expected[i].kind);
		assert_string_equal(suppressions.list[i].wildcard, expected[i].wildcard);
		assert_int_equal(suppressions.list[i].line, expected[i].line);
	}
	suppressions_clear(&suppressions);
}

static void test_malformed_suppressions(void **state)
{
	static const struct {
		const char *text;
		size_t size;
		const char *complaint;
	} cases[] = {
#define CASE(text, complaint) { text, sizeof(text) - 1, complaint }
		CASE("leak:x\nrace:y\n", ":2: unknown kind of suppression 'race:'"),
		CASE("# x\n\nread_request\n", ":3: 'read_request' is not a suppression"),
		CASE("leak:\n", ":1: 'leak:' has no pattern"),
		CASE("leak: \n", ":1: 'leak:' has no pattern"),
		CASE(":x\n", ":1: unknown kind of suppression ':'"),
		CASE("Leak:x\n", ":1: unknown kind"),
		CASE("leak :x\n", ":1: unknown kind"),
		CASE("leak:x\nleak:\0y\n", ":2: it holds a NUL byte"),
		CASE("leak:x\n\x1b[31m\n", ":2: '\\x1b[31m' is not a suppression"),
#undef CASE
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *complaint =
			complaint_about(cases[i].text, cases[i].size, read_suppressions, false);

		if (strncmp(complaint, cases[i].complaint, strlen(cases[i].complaint)) != 0)
			fail_msg("case %zu: '%s'", i, complaint);
		assert_ptr_equal(strchr(complaint, '\n'), complaint + strlen(complaint) - 1);
		suppressions_clear(&suppressions);
	}
}

static void test_unreadable_suppressions(void **state)
{
	(void)state;
	assert_false(read_suppressions("/nonexistent/file"));
	assert_false(read_suppressions("/"));
	/* More than any file of suppressions has: never read to its end. */
	assert_false(read_suppressions("/dev/zero"));
	assert_int_equal(suppressions.count, 0);
	suppressions_clear(&suppressions);
}

static struct baseline baseline;

static bool read_baseline(const char *path)
{
	return baseline_read(&baseline, path);
}

#define LEAK(id, count)                                                                            \
	"{\"id\":\"" id                                                                            \
	"\",\"class\":\"eof-unclosed\",\"reason\":null,\"verdict\":\"leak\",\"count\":" count      \
	",\"where\":\"a.c:3 in f()\"}"
#define A "00000000000000aa"
#define B "00000000000000bb"

static void test_baseline(void **state)
{
	static const char text[] =
		"{\"schema\":\"finleak-report/1\",\"more\":{\"leaks\":[1]},\"leaks\":[\n" LEAK(
			A, "3") ",\n" LEAK(B, "1") ",\n" LEAK(A,
							      "4") ",\n"
								   "{\"id\":\"00000000000000cc\","
								   "\"verdict\":\"note\",\"count\":"
								   "5}]}\n\n";

	(void)state;
	complaint_about(text, sizeof(text) - 1, read_baseline, true);
	assert_int_equal(HASH_COUNT(baseline.leaks), 2);
	assert_int_equal(baseline_find(&baseline, A)->count, 7);
	assert_string_equal(baseline_find(&baseline, B)->name, "eof-unclosed at a.c:3 in f()");
	assert_null(baseline_find(&baseline, "00000000000000cc"));
	baseline_clear(&baseline);
}

static void test_malformed_baselines(void **state)
{
	static const struct {
		const char *text, *complaint;
	} cases[] = {
		{ "", ":1: not JSON" },
		{ "{\n\"a\": \n}", ":3: not JSON" },
		{ "{\n\"schema\": \"finleak-report/1\",\n",
		  ":3: not JSON: the document is cut short" },
		{ "{\"schema\":\"finleak-report/1\",\"leaks\":[]}\n\nx", ":3: not JSON" },
		{ "[]", ":1: not a report" },
		{ "null", ":1: not a report" },
		{ "{\"schema\":\"finleak-report/2\",\"leaks\":[]}",
		  ":1: not a report: its schema" },
		{ "{\"schema\":\"finleak-report/1\"}", ":1: not a report: it has no list" },
		{ "{\"schema\":\"finleak-report/1\",\"leaks\":{}}",
		  ":1: not a report: it has no list" },
		{ "{\"schema\":\"finleak-report/1\",\n\"x\":\"]}\\\"\",\"leaks\":\n[" LEAK(
			  A, "1") ",\n[1,[2]],\n" LEAK("xyz", "1") "]}",
		  ":4: leaks[1]: it is not an object" },
		{ "{\"schema\":\"finleak-report/1\",\"leaks\":[" LEAK(A, "1") ",\n" LEAK("xyz",
											 "1") "]}",
		  ":2: leaks[1]: its id" },
		{ "{\"schema\":\"finleak-report/1\",\"leaks\":[" LEAK("00000000000000AA", "1") "]}",
		  ":1: leaks[0]: its id" },
		{ "{\"schema\":\"finleak-report/1\",\"leaks\":[" LEAK(A, "-1") "]}",
		  ":1: leaks[0]: its count" },
		{ "{\"schema\":\"finleak-report/1\",\"leaks\":[" LEAK(A, "\"1\"") "]}",
		  ":1: leaks[0]: its count" },
		{ "{\"schema\":\"finleak-report/1\",\"leaks\":[" LEAK(A,
								      "99999999999999999999") "]}",
		  ":1: leaks[0]: its count" },
		{ "{\"schema\":\"finleak-report/1\",\"leaks\":[{\"id\":\"" A "\",\"count\":1}]}",
		  ":1: leaks[0]: it has no verdict" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *complaint =
			complaint_about(cases[i].text, strlen(cases[i].text), read_baseline, false);

		if (strncmp(complaint, cases[i].complaint, strlen(cases[i].complaint)) != 0)
			fail_msg("case %zu: '%s'", i, complaint);
		baseline_clear(&baseline);
	}
}

/* Nested a million deep, in a small stack. */
static void test_deep_baseline(void **state)
{
	const size_t depth = 1000000;
	char *text = malloc(depth);

	(void)state;
	memset(text, '[', depth);
	assert_true(strncmp(complaint_about(text, depth, read_baseline, false), ":1: not JSON",
			    strlen(":1: not JSON")) == 0);
	free(text);
	baseline_clear(&baseline);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_patterns),
		cmocka_unit_test(test_patterns_take_bounded_time),
		cmocka_unit_test(test_suppressions),
		cmocka_unit_test(test_malformed_suppressions),
		cmocka_unit_test(test_unreadable_suppressions),
		cmocka_unit_test(test_baseline),
		cmocka_unit_test(test_malformed_baselines),
		cmocka_unit_test(test_deep_baseline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
