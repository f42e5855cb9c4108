/* SPDX-License-Identifier: MIT */
/* Which line locks the mutex that another thread waits for. Sources are written out, and read. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/call_sites/lock_calls.h"
#include "tests/unit/recording_builder.h"

/*
 * FUNCTION waits at the line that has "<-"; HOLDER (NULL: unknown) is at the one that has "<=".
 * LOCKER NULL: no line is found.
 */
static const struct waiting {
	const char *function, *holder;
	const char *source;
	const char *mutex, *locker;
	unsigned int line;
} waitings[] = {
	/* The only other function that locks it */
	{ "write_journal", NULL,
	  "static void write_journal(void)\n"
	  "{\n"
	  "	pthread_mutex_lock(&journal); /* <- */\n"
	  "	pthread_mutex_unlock(&journal);\n"
	  "}\n"
	  "static void start_worker(const char *name)\n"
	  "{\n"
	  "	/* pthread_mutex_lock(&journal) */\n"
	  "	pthread_mutex_lock(&journals);\n"
	  "	if (pthread_mutex_lock(&journal))\n"
	  "		perror(name);\n"
	  "#ifdef FIXED\n"
	  "	pthread_mutex_unlock(&journal);\n"
	  "#endif\n"
	  "}\n",
	  "journal", "start_worker", 10 },
	/* Of several, the one that the holder is in */
	{ "Journal::append(int)", "Journal::rotate()",
	  "void Journal::append(int number)\n"
	  "{\n"
	  "	std::lock_guard<std::mutex> guard(this->mutex); // <-\n"
	  "}\n"
	  "void Journal::rotate()\n"
	  "{\n"
	  "	std::unique_lock guard{mutex};\n"
	  "	file.sync(); // <=\n"
	  "}\n"
	  "void Journal::close()\n"
	  "{\n"
	  "	mutex.lock();\n"
	  "}\n",
	  "mutex", "Journal::rotate()", 7 },
	{ "serve", "serve",
	  "static void serve(struct server *server)\n"
	  "{\n"
	  "	g_mutex_lock(&server->lock); // <-\n"
	  "	send(server); // <=\n"
	  "	g_mutex_unlock(&server->lock);\n"
	  "}\n",
	  "lock", "serve", 3 },
	/* Several do, or none: who holds it has left its function, or another file locks it. */
	{ "append", NULL,
	  "void append(int number)\n"
	  "{\n"
	  "	journal.lock(); // <-\n"
	  "}\n"
	  "void rotate(void)\n"
	  "{\n"
	  "	journal.lock();\n"
	  "}\n"
	  "void begin(void)\n"
	  "{\n"
	  "	journal.lock();\n"
	  "}\n",
	  "journal", NULL, 0 },
	{ "append", "sync",
	  "void append(int number)\n"
	  "{\n"
	  "	pthread_mutex_lock(&journal); // <-\n"
	  "	pthread_mutex_unlock(&journal);\n"
	  "}\n"
	  "void sync(void)\n"
	  "{\n"
	  "	fsync(file); // <=\n"
	  "	pthread_mutex_unlock(&journal);\n"
	  "}\n",
	  "journal", NULL, 0 },
	/* Who unlocks it holds it no more: another file's function does. */
	{ "append", "admin",
	  "void append(int number)\n"
	  "{\n"
	  "	pthread_mutex_lock(&journal); /* <- */\n"
	  "}\n"
	  "void rotate(void)\n"
	  "{\n"
	  "	pthread_mutex_lock(&journal);\n"
	  "	sync();\n"
	  "	pthread_mutex_unlock(&journal);\n"
	  "}\n"
	  "void admin(void)\n"
	  "{\n"
	  "	sync(); /* <= */\n"
	  "}\n",
	  "journal", NULL, 0 },
	{ "append", NULL,
	  "void append(int number)\n"
	  "{\n"
	  "	std::scoped_lock guard(journal); // <-\n"
	  "}\n"
	  "void rotate(void)\n"
	  "{\n"
	  "	std::scoped_lock guard(journal);\n"
	  "}\n",
	  "journal", NULL, 0 },
	/* The holder has unlocked it again, by name or at the end of a block, or not come to it. */
	{ "append", "rotate",
	  "void append(int number)\n"
	  "{\n"
	  "	std::scoped_lock guard(journal); // <-\n"
	  "}\n"
	  "void rotate(void)\n"
	  "{\n"
	  "	journal.lock();\n"
	  "	journal.unlock();\n"
	  "	{\n"
	  "		std::scoped_lock guard(journal);\n"
	  "	}\n"
	  "	sync(); // <=\n"
	  "	journal.lock();\n"
	  "}\n",
	  "journal", NULL, 0 },
	/* Several mutexes at once, or none that is named */
	{ "append", NULL,
	  "void append(int number)\n"
	  "{\n"
	  "	std::scoped_lock guard(journal, index); // <-\n"
	  "}\n"
	  "void rotate(void)\n"
	  "{\n"
	  "	std::scoped_lock guard(index);\n"
	  "}\n",
	  NULL, NULL, 0 },
	{ "append", NULL,
	  "void append(int number)\n"
	  "{\n"
	  "	lock_journal(); // <-\n"
	  "}\n",
	  NULL, NULL, 0 },
};

static unsigned int line_of(const char *source, const char *mark)
{
	const char *end = strstr(source, mark);
	unsigned int line = 1;

	for (; end && source < end; source++)
		line += *source == '\n';
	return end ? line : 0;
}

static void check(const struct waiting *row, const char *path, size_t number)
{
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	const struct frame waiting = { .function = row->function,
				       .file = path,
				       .module = path,
				       .line = line_of(row->source, "<-") };
	struct frame holding = { .function = row->holder,
				 .file = path,
				 .module = path,
				 .line = line_of(row->source, "<=") };
	const struct backtrace backtrace = { .named = &holding, .named_count = 1 };
	struct lock_call call;

	lock_call_find(symbolizer, &waiting, row->holder ? &backtrace : NULL, &call);
	if (!call.file != !row->locker)
		fail_msg("row %zu: line %u", number, call.line);
	if (!call.mutex != !row->mutex)
		fail_msg("row %zu: mutex %s", number, call.mutex ? call.mutex : "unknown");
	if (row->mutex)
		assert_string_equal(call.mutex, row->mutex);
	if (row->locker) {
		assert_string_equal(call.file, path);
		assert_int_equal(call.line, row->line);
		assert_string_equal(call.function, row->locker);
	}
	free(call.mutex);
	free(call.function);
	symbolizer_free(symbolizer);
}

static void test_lines_that_lock(void **state)
{
	char *folder = builder_new_folder(), path[128];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(waitings) / sizeof(waitings[0]); i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/source%zu.cpp", folder, i);
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(waitings[i].source, file);
		assert_int_equal(fclose(file), 0);
		check(&waitings[i], path, i);
	}
	builder_remove_folder(folder);
}

static void test_without_source(void **state)
{
	struct symbolizer *symbolizer = symbolizer_new(&(const struct symbolizer_options){ 0 });
	const struct frame no_file = { .function = "main", .module = "/opt/server" };
	const struct frame gone = {
		.function = "main", .module = "/opt/server", .file = "/nowhere/main.c", .line = 7
	};
	struct lock_call call;

	(void)state;
	lock_call_find(symbolizer, &no_file, NULL, &call);
	assert_null(call.mutex);
	lock_call_find(symbolizer, &gone, NULL, &call);
	assert_null(call.mutex);
	assert_null(call.file);
	symbolizer_free(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines_that_lock),
		cmocka_unit_test(test_without_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
