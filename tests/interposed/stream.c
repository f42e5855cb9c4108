/* SPDX-License-Identifier: MIT */
/* Streams over sockets, which read inside libc: calls/stream.c and calls/scan.c. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "call_tests.h"
#include "connections.h"
#include "expect.h"
#include "hidden_calls.h"

static char buffer[64];

/* Each asks for what "1\n" satisfies; true: it came back short. */
static bool by_fgets(FILE *stream, ...)
{
	return fgets(buffer, sizeof(buffer), stream) == NULL;
}

static bool by___fgets_chk(FILE *stream, ...)
{
	return __fgets_chk(buffer, sizeof(buffer), sizeof(buffer), stream) == NULL;
}

static bool by_fgets_unlocked(FILE *stream, ...)
{
	return fgets_unlocked(buffer, sizeof(buffer), stream) == NULL;
}

static bool by___fgets_unlocked_chk(FILE *stream, ...)
{
	return __fgets_unlocked_chk(buffer, sizeof(buffer), sizeof(buffer), stream) == NULL;
}

static bool by_fread(FILE *stream, ...)
{
	return fread(buffer, 1, 2, stream) < 2;
}

static bool by___fread_chk(FILE *stream, ...)
{
	return __fread_chk(buffer, sizeof(buffer), 1, 2, stream) < 2;
}

static bool by_fread_unlocked(FILE *stream, ...)
{
	return fread_unlocked(buffer, 1, 2, stream) < 2;
}

static bool by___fread_unlocked_chk(FILE *stream, ...)
{
	return __fread_unlocked_chk(buffer, sizeof(buffer), 1, 2, stream) < 2;
}

static char *line;
static size_t line_room;

static bool by_getline(FILE *stream, ...)
{
	return getline(&line, &line_room, stream) < 0;
}

static bool by_getdelim(FILE *stream, ...)
{
	return getdelim(&line, &line_room, '\n', stream) < 0;
}

static bool by___getdelim(FILE *stream, ...)
{
	return __getdelim(&line, &line_room, '\n', stream) < 0;
}

static bool by_getc(FILE *stream, ...)
{
	return (getc)(stream) == EOF;
}

static bool by__IO_getc(FILE *stream, ...)
{
	return _IO_getc(stream) == EOF;
}

static bool by_getc_unlocked(FILE *stream, ...)
{
	return (getc_unlocked)(stream) == EOF;
}

static bool by_fgetc(FILE *stream, ...)
{
	return fgetc(stream) == EOF;
}

static bool by_fgetc_unlocked(FILE *stream, ...)
{
	return (fgetc_unlocked)(stream) == EOF;
}

static bool by_getchar(FILE *stream, ...)
{
	(void)stream;
	return (getchar)() == EOF;
}

static bool by_getchar_unlocked(FILE *stream, ...)
{
	(void)stream;
	return (getchar_unlocked)() == EOF;
}

static bool by___uflow(FILE *stream, ...)
{
	return __uflow(stream) == EOF;
}

static bool by_fscanf(FILE *stream, ...)
{
	int number;

	return plain_fscanf(stream, "%d", &number) != 1;
}

static bool by_vfscanf(FILE *stream, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, stream);
	n = plain_vfscanf(stream, "%d", arguments);
	va_end(arguments);
	return n != 1;
}

static bool by_scanf(FILE *stream, ...)
{
	int number;

	(void)stream;
	return plain_scanf("%d", &number) != 1;
}

static bool by___isoc99_fscanf(FILE *stream, ...)
{
	int number;

	return c99_fscanf(stream, "%d", &number) != 1;
}

static bool by___isoc99_vfscanf(FILE *stream, ...)
{
	va_list arguments;
	int n;

	va_start(arguments, stream);
	n = c99_vfscanf(stream, "%d", arguments);
	va_end(arguments);
	return n != 1;
}

static bool by___isoc99_scanf(FILE *stream, ...)
{
	int number;

	(void)stream;
	return c99_scanf("%d", &number) != 1;
}

struct way {
	const char *call;
	/* Is called with an int to store what was scanned in. */
	bool (*came_short)(FILE *stream, ...);
};

/* One line for each call. */
static const struct way ways[] = {
	{ "fgets", by_fgets },
	{ "__fgets_chk", by___fgets_chk },
	{ "fgets_unlocked", by_fgets_unlocked },
	{ "__fgets_unlocked_chk", by___fgets_unlocked_chk },
	{ "fread", by_fread },
	{ "__fread_chk", by___fread_chk },
	{ "fread_unlocked", by_fread_unlocked },
	{ "__fread_unlocked_chk", by___fread_unlocked_chk },
	{ "getline", by_getline },
	{ "getdelim", by_getdelim },
	{ "__getdelim", by___getdelim },
	{ "getc", by_getc },
	{ "_IO_getc", by__IO_getc },
	{ "getc_unlocked", by_getc_unlocked },
	{ "fgetc", by_fgetc },
	{ "fgetc_unlocked", by_fgetc_unlocked },
	{ "__uflow", by___uflow },
	{ "fscanf", by_fscanf },
	{ "vfscanf", by_vfscanf },
	{ "__isoc99_fscanf", by___isoc99_fscanf },
	{ "__isoc99_vfscanf", by___isoc99_vfscanf },
};

/* And for those that read stdin only. */
static const struct way ways_of_stdin[] = {
	{ "getchar", by_getchar },
	{ "getchar_unlocked", by_getchar_unlocked },
	{ "scanf", by_scanf },
	{ "__isoc99_scanf", by___isoc99_scanf },
};

static bool reads_stdin(const struct way *way)
{
	return way >= ways_of_stdin && way < ways_of_stdin + COUNT_OF(ways_of_stdin);
}

static bool comes_short(const struct way *way, FILE *stream)
{
	int number;

	return way->came_short(stream, &number);
}

/* Descriptor FD under a stream: one of its own, or stdin (then *FD's number becomes 0). */
static FILE *stream_over(const struct way *way, int *fd)
{
	FILE *stream;

	if (!reads_stdin(way)) {
		stream = fdopen(*fd, "r");
		assert_non_null(stream);
		return stream;
	}
	assert_int_equal(dup2(*fd, STDIN_FILENO), STDIN_FILENO);
	close(*fd);
	*fd = STDIN_FILENO;
	return stdin;
}

/* Leaves stdin as it was: at the end of /dev/null, nothing buffered. */
static void end_stream(FILE *stream)
{
	if (stream != stdin)
		assert_int_equal(fclose(stream), 0);
	else
		assert_non_null(freopen("/dev/null", "r", stdin));
}

static void eof_is_noted(void **state)
{
	const struct way *way = *state;
	struct connection connection = half_closed();
	FILE *stream = stream_over(way, &connection.ours);
	struct counts before = counts_now();

	assert_true(comes_short(way, stream));
	assert_true(feof(stream));
	expect_eof(connection.ours, (const void *)way->came_short);
	if (is_recorded()) {
		assert_int_equal(row_of(connection.ours)->eof_reads, 1);
		assert_int_equal(counts_now().eof, before.eof + 1);
	}
	end_stream(stream);
}

static void reset_is_noted(void **state)
{
	const struct way *way = *state;
	struct connection connection = reset_by_peer();
	FILE *stream = stream_over(way, &connection.ours);

	errno = 0;
	assert_true(comes_short(way, stream));
	assert_int_equal(errno, ECONNRESET);
	assert_true(ferror(stream));
	expect_error(connection.ours, ERROR_CALL_READ, ECONNRESET, (const void *)way->came_short);
	end_stream(stream);
}

static void data_is_silent(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	FILE *stream = stream_over(way, &connection.ours);
	struct counts before = counts_now();

	assert_int_equal(send(connection.theirs, "1\n", 2, 0), 2);
	assert_false(comes_short(way, stream));
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	close(connection.theirs);
	end_stream(stream);
}

static void empty_queue_is_silent(void **state)
{
	const struct way *way = *state;
	struct connection connection = connected();
	FILE *stream = stream_over(way, &connection.ours);
	struct counts before = counts_now();

	set_nonblocking(connection.ours);
	assert_true(comes_short(way, stream));
	assert_int_equal(errno, EAGAIN);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	close(connection.theirs);
	end_stream(stream);
}

static void eof_of_file_is_silent(void **state)
{
	const struct way *way = *state;
	struct counts before = counts_now();
	FILE *stream;

	if (reads_stdin(way))
		stream = freopen("/dev/null", "r", stdin);
	else
		stream = fopen("/dev/null", "r");
	assert_non_null(stream);
	assert_true(comes_short(way, stream));
	expect_untracked(fileno(stream));
	expect_same_counts(&before);
	end_stream(stream);
}

/* The last line has no newline: EOF is met by a call that came back with data. */
static void eof_behind_an_unended_line_is_noted(void **state)
{
	struct connection connection = connected();
	FILE *stream = fdopen(connection.ours, "r");

	(void)state;
	assert_non_null(stream);
	assert_int_equal(send(connection.theirs, "1", 1, 0), 1);
	close(connection.theirs);
	assert_false(by_fgets(stream));
	assert_string_equal(buffer, "1");
	assert_true(by_fgets(stream));
	expect_eof(connection.ours, (const void *)by_fgets);
	fclose(stream);
}

static FILE *open_over(int fd)
{
	return fdopen(fd, "r+");
}

static void stream_made_by_fdopen_is_another_name_of_the_descriptor(void **state)
{
	struct connection connection = connected();
	struct counts before = counts_now();
	FILE *stream = open_over(connection.ours);

	(void)state;
	assert_non_null(stream);
	assert_int_equal(fileno(stream), connection.ours);
	expect_no_end(connection.ours);
	expect_same_counts(&before);
	fclose(stream);
	close(connection.theirs);
	errno = 0;
	assert_null(open_over(-1));
	assert_int_equal(errno, EBADF);
}

static void add_way(const struct way *way)
{
	add_call_test(way->call, eof_is_noted, way, "eof_read_by_*_is_noted");
	add_call_test(way->call, reset_is_noted, way, "reset_met_by_*_is_noted");
	add_call_test(way->call, data_is_silent, way, "data_read_by_*_is_silent");
	add_call_test(way->call, empty_queue_is_silent, way, "empty_queue_met_by_*_is_silent");
	add_call_test(way->call, eof_of_file_is_silent, way, "eof_of_a_file_read_by_*_is_silent");
}

int main(int argc, char **argv)
{
	size_t i;

	for (i = 0; i < COUNT_OF(ways); i++)
		add_way(&ways[i]);
	for (i = 0; i < COUNT_OF(ways_of_stdin); i++)
		add_way(&ways_of_stdin[i]);
	add_call_test("fdopen", stream_made_by_fdopen_is_another_name_of_the_descriptor, NULL,
		      "stream_made_by_*_is_another_name_of_the_descriptor");
	add_test("eof_behind_an_unended_line_is_noted", eof_behind_an_unended_line_is_noted);
	return run_call_tests(argc, argv, "interposed.stream");
}
