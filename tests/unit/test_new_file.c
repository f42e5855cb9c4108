/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/new_file.h"
#include "tests/unit/recording_builder.h"
#include "tests/unit/short_texts.h"

/* PATH is replaced in a folder with the file OTHER, which is none of ours. */
struct fixture {
	char *folder;
	char path[256], draft[256], other[256];
};

static void assert_absent(const char *path)
{
	struct stat status;

	assert_int_equal(lstat(path, &status), -1);
	assert_int_equal(errno, ENOENT);
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->folder = builder_new_folder();
	snprintf(fixture->path, sizeof(fixture->path), "%s/file", fixture->folder);
	snprintf(fixture->draft, sizeof(fixture->draft), "%s/file.new", fixture->folder);
	snprintf(fixture->other, sizeof(fixture->other), "%s/other", fixture->folder);
	write_text(fixture->other, "not ours");
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->path);
	unlink(fixture->draft);
	unlink(fixture->other);
	builder_remove_folder(fixture->folder);
	free(fixture);
	return 0;
}

static int replace(const struct fixture *fixture, const char *text, int failure)
{
	struct new_file file;
	int begun = new_file_begin(&file, fixture->path, NULL, 0600);

	if (begun)
		return begun;
	fputs(text, file.stream);
	return new_file_end(&file, failure);
}

static void test_a_file_is_replaced_at_its_end(void **state)
{
	const struct fixture *fixture = *state;
	struct new_file file;
	struct stat status;

	write_text(fixture->path, "old");
	assert_int_equal(new_file_begin(&file, fixture->path, NULL, 0600), 0);
	fputs("new", file.stream);
	assert_int_equal(fflush(file.stream), 0);
	assert_text(fixture->path, "old");
	assert_int_equal(new_file_end(&file, 0), 0);
	assert_text(fixture->path, "new");
	assert_int_equal(stat(fixture->path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
	assert_absent(fixture->draft);
}

/* Who shares the folder can put links there. */
static void test_links_are_replaced_and_not_followed(void **state)
{
	const struct fixture *fixture = *state;
	struct stat status;

	assert_int_equal(symlink(fixture->other, fixture->path), 0);
	assert_int_equal(symlink(fixture->other, fixture->draft), 0);
	assert_int_equal(replace(fixture, "new", 0), 0);
	assert_text(fixture->path, "new");
	assert_text(fixture->other, "not ours");
	assert_int_equal(lstat(fixture->path, &status), 0);
	assert_true(S_ISREG(status.st_mode));
}

static void test_a_second_name_of_a_file_is_left_alone(void **state)
{
	const struct fixture *fixture = *state;

	assert_int_equal(link(fixture->other, fixture->draft), 0);
	assert_int_equal(replace(fixture, "new", 0), 0);
	assert_text(fixture->other, "not ours");
}

static void test_after_a_failure_the_old_one_stays(void **state)
{
	const struct fixture *fixture = *state;

	write_text(fixture->path, "old");
	assert_int_equal(replace(fixture, "new", EPROTO), EPROTO);
	assert_text(fixture->path, "old");
	assert_absent(fixture->draft);
}

/* What /dev/full is for writes, a limit is for files: there is no room. */
static void test_what_does_not_fit_is_no_file(void **state)
{
	const struct fixture *fixture = *state;
	struct rlimit before, small;

	write_text(fixture->path, "old");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){ 2, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(replace(fixture, "more than two bytes", 0), EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_text(fixture->path, "old");
	assert_absent(fixture->draft);
}

static void test_why_there_is_none_is_said(void **state)
{
	struct fixture *fixture = *state;

	snprintf(fixture->path, sizeof(fixture->path), "%s/none/file", fixture->folder);
	assert_int_equal(replace(fixture, "new", 0), ENOENT);
	/* Nothing but an empty folder is removed by rename(), and no folder by a file. */
	snprintf(fixture->path, sizeof(fixture->path), "%s", fixture->folder);
	assert_int_equal(replace(fixture, "new", 0), EISDIR);
	snprintf(fixture->draft, sizeof(fixture->draft), "%s.new", fixture->folder);
	assert_absent(fixture->draft);
}

int main(void)
{
#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		FILE_TEST(test_a_file_is_replaced_at_its_end),
		FILE_TEST(test_links_are_replaced_and_not_followed),
		FILE_TEST(test_a_second_name_of_a_file_is_left_alone),
		FILE_TEST(test_after_a_failure_the_old_one_stays),
		FILE_TEST(test_what_does_not_fit_is_no_file),
		FILE_TEST(test_why_there_is_none_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
