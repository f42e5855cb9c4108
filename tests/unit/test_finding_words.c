/* SPDX-License-Identifier: MIT */
/* What a finding says of its place and of the fix: where paths part, what to close and when. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/report/debug_packages.h"
#include "analyzer/report/finding_words.h"
#include "analyzer/report/fix_advice.h"
#include "analyzer/report/missing_symbols.h"
#include "analyzer/symbolize/symbolize.h"

static char source[] = "/tmp/finleak-test.XXXXXX";

static struct frame frame_at(const char *function, unsigned int line)
{
	return (struct frame){ .function = function, .file = source, .line = line, .module = "/s" };
}

static int write_source(void **state)
{
	int fd = mkstemp(source);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");

	(void)state;
	if (!file)
		return -1;
	fputs("\tclient->end(client);\n\t} catch (const error &) {\n\tplain;\n", file);
	return fclose(file);
}

static int remove_source(void **state)
{
	(void)state;
	return unlink(source);
}

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
		     "In serve(), other connections go on from finleak-test.",
		     ":7; this path leaves before that.");
	/* A pointer to a function is known by the line that calls it, and not by its number. */
	assert_parts(frame_at("serve", 4), frame_at("serve", 1), &closer,
		     "In serve(), `client->end(client);` at finleak-test.",
		     ":1 leads to the close in forget() for other connections; for these it leads "
		     "elsewhere, or is not reached.");
	assert_parts(frame_at("serve", 4), frame_at("serve", 2), &closer,
		     "In serve(), the call at finleak-test.", ":2 leads to the close in forget()");
	assert_parts(frame_at("serve", 4), frame_at("serve", 3), &closer,
		     "In serve(), the call at finleak-test.", ":3 leads to the close in forget()");
	/* Compilers divide functions: the close is in the same one all the same. */
	assert_parts(frame_at("serve", 4), frame_at("serve", 1), &inlined,
		     "In serve(), other connections go on from finleak-test.",
		     ":8; this path leaves before that.");
}

static char *advice_of(const struct report_leak *leak)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	char *fix = fix_advice(leak, symbolizer);

	symbolizer_free(symbolizer);
	return fix;
}

static void assert_advice(const struct report_leak *leak, const char *first, const char *second)
{
	char *fix = advice_of(leak);

	if (strncmp(fix, first, strlen(first)) != 0 || !strstr(fix, second))
		fail_msg("%s", fix);
	free(fix);
}

/* A close where both ways still are one would close the others twice. */
static void test_fix_is_for_the_path(void **state)
{
	struct frame here = frame_at("serve", 4), closing = frame_at("serve", 1);
	struct frame closer = frame_at("forget", 9);
	struct report_closing closings = { .site = &closer, .count = 1 };
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &here,
		.siblings = 2,
		.siblings_closed = 1,
		.closings = &closings,
		.closing_count = 1,
		.sent_after_eof_ms = -1,
		.divergence = { &here, &closing },
		.closer = &closer,
	};

	(void)state;
	assert_advice(&leak, "Call close() on the path that does not reach forget() (finleak-test.",
		      " through `client->end(client);` at finleak-test.");
	leak.closer = &closing;
	assert_advice(&leak, "Call close() on this path too when the read in serve() (",
		      ":4) returns 0");
}

static void test_close_comes_after_the_reply(void **state)
{
	struct frame site = frame_at("serve", 4), farewell = frame_at("say_farewell", 9);
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &site,
		.sent_after_eof_ms = -1,
		.next = { .call = NEXT_WRITE, .own = true, .site = &farewell },
	};

	(void)state;
	assert_advice(&leak, "Call close() on the descriptor after the send in say_farewell() (",
		      ", which follows the read in serve() (");
	leak.next.own = false;
	assert_advice(&leak, "Call close() on the descriptor when the read in serve() (",
		      "returns 0");
}

static void test_lock_has_a_holder(void **state)
{
	struct frame site = frame_at("accept_client", 4), at = frame_at("write_journal", 9);
	struct report_poller poller = { .pid = 7, .thread = 8, .doing = "sleeps in futex" };
	struct report_leak leak = {
		.class = CLASS_FIN_UNREAD,
		.advised_reason = REASON_NOT_POLLED_SINCE,
		.site = &site,
		.sent_after_eof_ms = -1,
		.poller = &poller,
		.thread_site = &at,
		.waits_for = "a mutex (pthread_mutex_lock())",
	};

	(void)state;
	assert_advice(&leak, "Find who holds the lock",
		      "it waits for a mutex (pthread_mutex_lock()) in write_journal() (");
	leak.waits_for = "a condition variable (pthread_cond_clockwait())";
	assert_advice(&leak, "Let the polling thread return to epoll_wait().", "write_journal()");
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
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parting),
		cmocka_unit_test(test_fix_is_for_the_path),
		cmocka_unit_test(test_close_comes_after_the_reply),
		cmocka_unit_test(test_lock_has_a_holder),
		cmocka_unit_test(test_no_line_numbers),
	};

	return cmocka_run_group_tests(tests, write_source, remove_source);
}
