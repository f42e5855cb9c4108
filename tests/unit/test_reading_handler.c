/* SPDX-License-Identifier: MIT */
/* The handler that reads a socket, by the source behind the line that opens it. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/report/reading_handler.h"
#include "analyzer/symbolize/symbolize.h"

/* What is found for the socket that is opened in the second line of SOURCE; *PAUSE: its pause. */
static char *find(const char *source, unsigned int *pause)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	char path[] = "/tmp/finleak-test.XXXXXX", *found;
	int fd = mkstemp(path);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	struct frame opened = { .function = "ask", .file = path, .line = 2, .module = path };

	assert_non_null(file);
	fputs(source, file);
	fclose(file);
	found = reading_handler(&opened, symbolizer);
	*pause = reading_pause(&opened, symbolizer);
	unlink(path);
	symbolizer_free(symbolizer);
	return found;
}

/* EXPECTED: how what is found begins, and ends in line NUMBER; NULL: nothing is. */
static void assert_handler(const char *source, const char *expected, unsigned int number)
{
	unsigned int pause;
	char *found = find(source, &pause), end[32];

	assert_int_equal(pause, 0);
	if (!expected) {
		if (found)
			fail_msg("%s", found);
		return;
	}
	snprintf(end, sizeof(end), ":%u", number);
	if (!found || strncmp(found, expected, strlen(expected)) != 0 || !strstr(found, end))
		fail_msg("%s", found ? found : "nothing");
	free(found);
}

static void test_handlers(void **state)
{
	(void)state;
	assert_handler("function ask() {\n"
		       "  const socket = net.connect(port);\n"
		       "  socket.on('connect', () => 0);\n"
		       "  socket.once('readable', function keep() {\n",
		       "keep() (finleak-test.", 4);
	assert_handler("function ask() {\n"
		       "  net.connect(port)\n"
		       "  .on(\"data\", take);\n",
		       "take() (finleak-test.", 3);
	assert_handler("function ask() {\n"
		       "  net.connect(port).on(`data`, async (chunk) => {\n",
		       "the handler at finleak-test.", 2);
	assert_handler("function ask() {\n"
		       "  net.connect(port).on('error', fail).on( 'data', take);\n",
		       "take() (finleak-test.", 2);
	assert_handler("function ask() {\n"
		       "  net.connect(port).on('data', chunk => {\n",
		       "the handler at finleak-test.", 2);
	/* An arrow further on is another function's. */
	assert_handler("function ask() {\n"
		       "  net.connect(port).on('data', take).on('end', () => stop(1));\n",
		       "take() (finleak-test.", 2);
	assert_handler("function ask() {\n"
		       "  net.connect(port).on('data', function keep(all) { all.map((one) => "
		       "use(one)); });\n",
		       "keep() (finleak-test.", 2);
	/* One that does nothing but call */
	assert_handler("function ask() {\n"
		       "  const socket = net.connect(port);\n"
		       "  socket.on('data', (chunk) => onData(socket, chunk));\n",
		       "onData() (finleak-test.", 3);
	assert_handler("function ask() {\n"
		       "  const socket = net.connect(port);\n"
		       "  socket.on('data', chunk => { this.take(chunk); });\n",
		       "take() (finleak-test.", 3);
	assert_handler("function ask() {\n"
		       "  const socket = net.connect(port);\n"
		       "  socket.on('data', (chunk) => print(parse(chunk)));\n",
		       "the handler at finleak-test.", 3);
	assert_handler("function ask() {\n"
		       "  const socket = net.connect(port);\n"
		       "  socket.on('data', () => count());\n",
		       "the handler at finleak-test.", 3);
	assert_handler("function ask() {\n"
		       "  const socket = net.connect(port);\n"
		       "  socket.on('data', chunk => { count(chunk); take(chunk); });\n",
		       "the handler at finleak-test.", 3);
	assert_handler("function ask() {\n"
		       "  net.connect(port).on('data', function (chunk) {\n",
		       "the handler at finleak-test.", 2);
}

static void test_no_handler(void **state)
{
	(void)state;
	/* Of other events, in a block of its own, or behind the end of this one. */
	assert_handler("function ask() {\n"
		       "  const socket = net.connect(port);\n"
		       "  socket.on('database', keep);\n"
		       "  socket.off('data', keep);\n"
		       "  emission('data', keep).on(data, 'data');\n"
		       "  if (reads)\n"
		       "    socket.on('data', keep);\n"
		       "\n"
		       "}\n"
		       "  other.on('data', keep);\n",
		       NULL, 0);
	assert_handler("", NULL, 0);
}

static void assert_pause(const char *source, unsigned int number)
{
	unsigned int pause;

	free(find(source, &pause));
	assert_int_equal(pause, number);
}

static void test_pause(void **state)
{
	(void)state;
	assert_pause("function ask() {\n"
		     "  const socket = net.connect(port);\n"
		     "  if (keeps) {\n"
		     "    socket.pause();\n"
		     "  }\n"
		     "}\n",
		     4);
	/* Another's, two of them, behind the block, and of no variable */
	assert_pause("function ask() {\n"
		     "  const socket = net.connect(port);\n"
		     "  other.pause();\n"
		     "  socket.pauses();\n"
		     "}\n"
		     "socket.pause();\n",
		     0);
	assert_pause("function ask() {\n"
		     "  socket = net.connect(port);\n"
		     "  if (keeps) socket.pause();\n"
		     "  else socket.pause();\n",
		     0);
	assert_pause("function ask() {\n"
		     "  return net.connect(port, (a) => a == port).pause();\n",
		     0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_handlers),
		cmocka_unit_test(test_no_handler),
		cmocka_unit_test(test_pause),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
