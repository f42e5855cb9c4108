/* SPDX-License-Identifier: MIT */
/* What a finding says of its place: where paths part, and what hides its lines. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/report/debug_packages.h"
#include "analyzer/report/finding_words.h"
#include "analyzer/report/lines_of_sockets.h"
#include "analyzer/report/lacking_words.h"
#include "analyzer/report/missing_symbols.h"
#include "analyzer/report/report_failure.h"
#include "analyzer/symbolize/languages.h"
#include "analyzer/symbolize/symbolize.h"
#include "tests/unit/source_file.h"

/* HERE and CLOSING are where the ways part, CLOSER closes. BEGIN, END: of the sentence about it. */
static void assert_parts(struct frame here, struct frame closing, struct frame *closer,
			 const char *begin, const char *end)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.siblings = 2,
		.siblings_closed = 1,
		.divergence = { &here, &closing },
		.closer = closer ? closer : &closing,
	};

	finding_words_fill(&leak, symbolizer);
	if (strncmp(leak.parting, begin, strlen(begin)) != 0 || !strstr(leak.parting, end))
		fail_msg("%s", leak.parting);
	free(leak.kind);
	free(leak.where);
	free(leak.title);
	free(leak.parting);
	symbolizer_free(symbolizer);
}

static void test_parting(void **state)
{
	struct frame closer = frame_at("forget", 9), inlined = frame_at("serve", 8);

	(void)state;
	assert_parts(frame_at("serve", 4), frame_at("serve", 7), NULL,
		     "In serve(), this path leaves after the call at finleak-test.", ":7.");
	/* A pointer to a function is known by the line that calls it, and not by its number. */
	assert_parts(frame_at("serve", 4), frame_at("serve", 1), &closer,
		     "In serve(), `client->end(client);` at finleak-test.",
		     ":1 closes other connections, in forget(); for these, it does not, or is "
		     "not reached.");
	assert_parts(frame_at("serve", 4), frame_at("serve", 2), &closer,
		     "In serve(), the call at finleak-test.",
		     ":2 closes other connections, in forget()");
	assert_parts(frame_at("serve", 4), frame_at("serve", 3), &closer,
		     "In serve(), the call at finleak-test.",
		     ":3 closes other connections, in forget()");
	/* Compilers divide functions: the close is in the same one all the same. */
	assert_parts(frame_at("serve", 4), frame_at("serve", 1), &inlined,
		     "In serve(), this path leaves after the call at finleak-test.", ":8.");
}

/* The lines that LEAK gets in one report when it is found twice; NULL: none. */
static char *line_on_symbols(struct frame site)
{
	struct report report = {
		.symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 }),
		.packages = debug_packages_new("/nowhere"),
	};
	struct report_leak first = { .site = &site }, second = { .site = &site };
	char *line;

	missing_symbols_add(&report, &first, &(struct own_globs){ NULL, NULL });
	missing_symbols_add(&report, &second, &(struct own_globs){ NULL, NULL });
	assert_int_equal(second.lines.count, 0);
	line = first.lines.count ? strdup(first.lines.list[0]) : NULL;
	sentences_clear(&first.lines);
	symbolizer_free(report.symbolizer);
	debug_packages_free(report.packages);
	return line;
}

static void test_no_line_numbers(void **state)
{
	struct frame site = { .function = "main", .module = source }, other = site;
	char *line = line_on_symbols(site);

	(void)state;
	assert_non_null(line);
	assert_non_null(strstr(line, " has no line numbers: build it with -g."));
	assert_int_equal(strncmp(line, "finleak-test.", 13), 0);
	free(line);
	site.function = NULL;
	line = line_on_symbols(site);
	assert_non_null(line);
	assert_non_null(strstr(line, " has no symbols: build it with -g, and do not strip it."));
	free(line);
	/* With a line, of the system, or with no file to look into, there is nothing to say. */
	other.file = source;
	other.line = 1;
	assert_null(line_on_symbols(other));
	other = (struct frame){ .function = "SSL_read",
				.module = "/lib/x86_64-linux-gnu/libc.so.6" };
	assert_null(line_on_symbols(other));
	other.module = "/nowhere/server";
	assert_null(line_on_symbols(other));
	/* A program that was deleted, while it ran or since. */
	other.function = NULL;
	line = line_on_symbols(other);
	assert_non_null(line);
	assert_non_null(strstr(line, "/nowhere/server does not exist here: "));
	free(line);
}

static void test_read_by_the_sender(void **state)
{
	struct report_leak leak = { .read_unseen = true };
	char *line = line_of_unseen_read(&leak);

	(void)state;
	assert_non_null(strstr(line, "(CLOSE_WAIT, nothing left to read): by io_uring, "));
	free(line);
	leak.received = true;
	line = line_of_unseen_read(&leak);
	assert_non_null(strstr(line, ": by a process that had the socket before, by io_uring, "));
	free(line);
}

static void test_headline_of_a_failure_begins_with_a_capital(void **state)
{
	static const struct {
		const char *call, *headline;
	} cases[] = {
		{ "the read", "The read failed with EPIPE, but the socket was never closed." },
		{ "the call", "The call failed with EPIPE, but the socket was never closed." },
		{ "recv()", "recv() failed with EPIPE, but the socket was never closed." },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct report_leak leak = { .class = CLASS_ERROR_UNCLOSED };
		char *headline;

		strcpy(leak.failure.call, cases[i].call);
		strcpy(leak.failure.error, "EPIPE");
		headline = report_failure_headline(&leak);
		assert_string_equal(headline, cases[i].headline);
		free(headline);
	}
}

/* Where a connection was opened is no handler: what is missing is missing in all of them. */
static void test_opening_is_not_a_handler(void **state)
{
	struct frame site = frame_at("dial", 4);
	struct report_leak leak = { .class = CLASS_EOF_UNCLOSED,
				    .site = &site,
				    .site_stack = "opened",
				    .in_loop = true,
				    .stacks = { { .name = "eof" } },
				    .stack_count = 1 };
	char *words = lacking_words(&leak);

	(void)state;
	assert_ptr_equal(strstr(words, "no handler of these connections, opened in dial() ("),
			 words);
	assert_non_null(strstr(words, ":4), does"));
	free(words);
}

/* The handler of data that was seen gets no end: another listener does. */
static void test_end_has_a_listener_of_its_own(void **state)
{
	struct frame site = { .function = "echo",
			      .file = "server.js",
			      .line = 16,
			      .script = true,
			      .module = "server.js",
			      .language = &language_javascript };
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED, .site = &site, .site_stack = "touched", .in_loop = true
	};
	char *words = lacking_words(&leak);

	(void)state;
	assert_string_equal(words,
			    "that listener belongs beside the one that runs echo() (server.js:16)");
	free(words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_headline_of_a_failure_begins_with_a_capital),
		cmocka_unit_test(test_end_has_a_listener_of_its_own),
		cmocka_unit_test(test_opening_is_not_a_handler),
		cmocka_unit_test(test_parting),
		cmocka_unit_test(test_no_line_numbers),
		cmocka_unit_test(test_read_by_the_sender),
	};

	return cmocka_run_group_tests(tests, write_source, remove_source);
}
