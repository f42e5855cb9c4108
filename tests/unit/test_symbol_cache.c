/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/cache_folder.h"
#include "analyzer/symbolize/symbol_cache.h"
#include "tests/unit/recording_builder.h"

#define FILE_NAME  "0102030405060708.frames"
#define FRAMES_MAX 8

static const uint8_t build_id[] = { 1, 2, 3, 4, 5, 6, 7, 8 };

static const struct code_frame frames[] = {
	{ .function = "inner", .file = "a.h", .directory = "/src", .line = 3, .inlined = true },
	{ .function = "outer(int)", .file = "a.c", .directory = "/src", .line = 7 },
};

static struct symbol_cache *open_cache(const char *folder)
{
	return symbol_cache_open(folder, build_id, sizeof(build_id));
}

/* Writes a file that knows OFFSET. */
static void remember(const char *folder, uint64_t offset)
{
	struct symbol_cache *cache = open_cache(folder);

	symbol_cache_add(cache, offset, frames, 2);
	symbol_cache_close(cache);
}

static void assert_known(const char *folder, uint64_t offset)
{
	struct symbol_cache *cache = open_cache(folder);
	struct code_frame found[FRAMES_MAX];

	assert_int_equal(symbol_cache_find(cache, offset, found, FRAMES_MAX), 2);
	assert_string_equal(found[0].function, "inner");
	assert_string_equal(found[0].file, "a.h");
	assert_true(found[0].inlined);
	assert_string_equal(found[1].function, "outer(int)");
	assert_string_equal(found[1].directory, "/src");
	assert_int_equal(found[1].line, 7);
	assert_false(found[1].inlined);
	symbol_cache_close(cache);
}

static void assert_unknown(const char *folder, uint64_t offset)
{
	struct symbol_cache *cache = open_cache(folder);
	struct code_frame found[FRAMES_MAX];

	assert_int_equal(symbol_cache_find(cache, offset, found, FRAMES_MAX), 0);
	symbol_cache_close(cache);
}

static int new_folder(void **state)
{
	*state = builder_new_folder();
	return 0;
}

static int remove_folder(void **state)
{
	builder_remove_folder(*state);
	return 0;
}

static void what_was_added_is_found_again(void **state)
{
	remember(*state, 16);
	assert_known(*state, 16);
	assert_unknown(*state, 15);
	/* More comes to what is there. */
	remember(*state, 8);
	remember(*state, 24);
	assert_known(*state, 8);
	assert_known(*state, 16);
	assert_known(*state, 24);
}

static void unknown_parts_stay_unknown(void **state)
{
	const struct code_frame nameless = { 0 };
	struct symbol_cache *cache = open_cache(*state);
	struct code_frame found;

	symbol_cache_add(cache, 4, &nameless, 1);
	symbol_cache_close(cache);
	cache = open_cache(*state);
	assert_int_equal(symbol_cache_find(cache, 4, &found, 1), 1);
	assert_null(found.function);
	assert_null(found.file);
	assert_null(found.directory);
	symbol_cache_close(cache);
}

static void last_of_two_writers_wins(void **state)
{
	struct symbol_cache *first = open_cache(*state), *second = open_cache(*state);

	symbol_cache_add(first, 1, frames, 2);
	symbol_cache_add(second, 2, frames, 2);
	symbol_cache_close(first);
	assert_known(*state, 1);
	symbol_cache_close(second);
	assert_known(*state, 2);
}

static void write_file(const char *folder, const unsigned char *bytes, size_t size)
{
	char *path = allocate_printed("%s/%s", folder, FILE_NAME);
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, 0600), 0);
	free(path);
}

/* Reads all of what a damaged file may lead to. */
static void use_cache(const char *folder)
{
	struct symbol_cache *cache = open_cache(folder);
	struct code_frame found[FRAMES_MAX];
	size_t length = 0, count, i;

	count = symbol_cache_find(cache, 16, found, FRAMES_MAX);
	for (i = 0; i < count; i++) {
		length += found[i].function ? strlen(found[i].function) : 0;
		length += found[i].file ? strlen(found[i].file) : 0;
		length += found[i].directory ? strlen(found[i].directory) : 0;
	}
	assert_true(length < 4096);
	symbol_cache_close(cache);
}

static void damage_leads_nowhere(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };
	unsigned char *bytes;
	size_t size, i, j;

	remember(*state, 16);
	bytes = cache_folder_read(*state, FILE_NAME, &size);
	assert_non_null(bytes);
	for (i = 0; i < size; i++) {
		unsigned char kept = bytes[i];

		for (j = 0; j < sizeof(values); j++) {
			bytes[i] = values[j];
			write_file(*state, bytes, size);
			use_cache(*state);
		}
		bytes[i] = kept;
		write_file(*state, bytes, i);
		use_cache(*state);
	}
	/* What was useless is replaced. */
	write_file(*state, bytes, size / 2);
	free(bytes);
	assert_unknown(*state, 16);
	remember(*state, 16);
	assert_known(*state, 16);
}

static void what_others_can_write_is_not_believed(void **state)
{
	char *path = allocate_printed("%s/%s", (char *)*state, FILE_NAME);
	char *elsewhere = allocate_printed("%s/elsewhere", (char *)*state);

	remember(*state, 16);
	assert_int_equal(chmod(path, 0620), 0);
	assert_unknown(*state, 16);
	assert_int_equal(chmod(path, 0600), 0);
	assert_known(*state, 16);
	assert_int_equal(chmod(*state, 0777), 0);
	assert_unknown(*state, 16);
	assert_int_equal(chmod(*state, 0700), 0);
	assert_int_equal(rename(path, elsewhere), 0);
	assert_int_equal(symlink(elsewhere, path), 0);
	assert_unknown(*state, 16);
	free(path);
	free(elsewhere);
}

static void no_folder_is_no_error(void **state)
{
	char *below_file = allocate_printed("%s/file/cache", (char *)*state);
	char *made = allocate_printed("%s/cache", (char *)*state);
	char *file = allocate_printed("%s/file", (char *)*state);
	char *cached = allocate_printed("%s/%s", made, FILE_NAME);
	struct stat status;

	fclose(fopen(file, "we"));
	remember(below_file, 16);
	assert_unknown(below_file, 16);
	remember(made, 16);
	assert_known(made, 16);
	assert_int_equal(stat(made, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	assert_int_equal(unlink(cached), 0);
	assert_int_equal(rmdir(made), 0);
	free(below_file);
	free(made);
	free(file);
	free(cached);
}

static void folder_stays_within_its_bounds(void **state)
{
	const struct timespec long_ago[2] = { { .tv_sec = 1000 }, { .tv_sec = 1000 } };
	size_t count = CACHE_FOLDER_MAX / CACHE_FILE_MAX + 2, i, left = 0;
	int folder = open(*state, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	assert_true(folder >= 0);
	for (i = 0; i < count; i++) {
		char *name = allocate_printed("%zu.frames", i);
		int fd = openat(folder, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

		assert_true(fd >= 0);
		assert_int_equal(ftruncate(fd, CACHE_FILE_MAX), 0);
		assert_int_equal(futimens(fd, long_ago), 0);
		close(fd);
		free(name);
	}
	/* ... and what a killed writer has left long ago. */
	close(openat(folder, "x.frames.new.1", O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(utimensat(folder, "x.frames.new.1", long_ago, 0), 0);
	remember(*state, 16);
	assert_known(*state, 16);
	for (i = 0; i < count; i++) {
		char *name = allocate_printed("%zu.frames", i);

		left += fstatat(folder, name, &status, 0) == 0;
		free(name);
	}
	assert_int_equal(left, CACHE_FOLDER_MAX / CACHE_FILE_MAX - 1);
	assert_true(fstatat(folder, "x.frames.new.1", &status, 0) < 0);
	close(folder);
}

static void assert_folder_name(const char *expected)
{
	char *name = cache_folder_name();

	if (expected)
		assert_string_equal(name, expected);
	else
		assert_null(name);
	free(name);
}

static void environment_chooses_the_folder(void **state)
{
	(void)state;
	setenv("HOME", "/home/me", 1);
	unsetenv("XDG_CACHE_HOME");
	unsetenv("FINLEAK_CACHE");
	assert_folder_name("/home/me/.cache/finleak");
	setenv("XDG_CACHE_HOME", "/var/me", 1);
	assert_folder_name("/var/me/finleak");
	/* The standard says: what is not absolute is to be ignored. */
	setenv("XDG_CACHE_HOME", "me", 1);
	assert_folder_name("/home/me/.cache/finleak");
	setenv("FINLEAK_CACHE", "here", 1);
	assert_folder_name("here");
	setenv("FINLEAK_CACHE", "", 1);
	assert_folder_name(NULL);
	unsetenv("FINLEAK_CACHE");
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	assert_folder_name(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_was_added_is_found_again, new_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(unknown_parts_stay_unknown, new_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(last_of_two_writers_wins, new_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(damage_leads_nowhere, new_folder, remove_folder),
		cmocka_unit_test_setup_teardown(what_others_can_write_is_not_believed, new_folder,
						remove_folder),
		cmocka_unit_test_setup_teardown(no_folder_is_no_error, new_folder, remove_folder),
		cmocka_unit_test_setup_teardown(folder_stays_within_its_bounds, new_folder,
						remove_folder),
		cmocka_unit_test(environment_chooses_the_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
