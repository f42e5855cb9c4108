/* SPDX-License-Identifier: MIT */
/* Which functions of Python are generators. Sources are written out, and read. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/source/generators.h"

/* The frame is at the line that has "<-". */
static enum generator generator_in(const char *source, bool script)
{
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	char path[] = "/tmp/finleak-test.XXXXXX.py";
	int fd = mkstemps(path, 3);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	struct frame frame = {
		.function = "lines", .file = path, .line = 1, .module = path, .script = script
	};
	enum generator generator;
	const char *at;

	assert_non_null(file);
	fputs(source, file);
	fclose(file);
	for (at = source; at < strstr(source, "<-"); at++)
		frame.line += *at == '\n';
	generator = generator_of(&frame, symbolizer);
	unlink(path);
	symbolizer_free(symbolizer);
	return generator;
}

static void test_generators(void **state)
{
	(void)state;
	assert_int_equal(generator_in("def lines():\n"
				      "    answer = urlopen(url)  # <-\n"
				      "    with answer:\n"
				      "        while chunk := answer.read(100):\n"
				      "            yield chunk\n"
				      "\n"
				      "kept = lines()\n",
				      true),
			 GENERATOR);
	assert_int_equal(generator_in("class Feed:\n"
				      "    async def lines(self):\n"
				      "        def parse(line):\n"
				      "            return line\n"
				      "        reader, _ = await open_connection()  # <-\n"
				      "        yield parse(await reader.readline())\n"
				      "\n"
				      "feed = Feed()\n",
				      true),
			 GENERATOR_ASYNC);
}

/* What yields is a function in it, a comment, a text, the next one, or ended by who decorates it.
 */
static void test_others(void **state)
{
	(void)state;
	assert_int_equal(generator_in("def lines():\n"
				      "    answer = urlopen(url)  # <- yield\n"
				      "    def each():\n"
				      "        yield from answer\n"
				      "    print('yield', yields)\n"
				      "    return each\n"
				      "\n"
				      "def others():\n"
				      "    yield 1\n",
				      true),
			 GENERATOR_NOT);
	assert_int_equal(generator_in("@contextlib.contextmanager\n"
				      "def lines():\n"
				      "    yield urlopen(url)  # <-\n"
				      "\n"
				      "kept = []\n",
				      true),
			 GENERATOR_NOT);
	assert_int_equal(generator_in("answer = urlopen(url)  # <-\n", true), GENERATOR_NOT);
	assert_int_equal(generator_in("def lines():\n"
				      "    yield urlopen(url)  # <-\n"
				      "kept = []\n",
				      false),
			 GENERATOR_NOT);
	assert_int_equal(generator_of(NULL, NULL), GENERATOR_NOT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_generators),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
