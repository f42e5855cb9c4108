/* SPDX-License-Identifier: MIT */
/* Where the path of a finding parts from that of the sockets that were closed. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/report/finding_words.h"
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

/* HERE and CLOSING are where the ways part, CLOSER closes. BEGIN, END: of what is said of it. */
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

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_parting) };

	return cmocka_run_group_tests(tests, write_source, remove_source);
}
