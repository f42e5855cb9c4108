/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/atomic_file.h"
#include "tests/unit/recording_builder.h"
#include "tests/unit/short_texts.h"

/* PATH is replaced, and may be a link to OTHER. */
struct fixture {
	char *folder;
	char path[256], other[256];
};

/* Are PATH and OTHER all there is in their folder? */
static void assert_no_draft(const struct fixture *fixture)
{
	char pattern[300];
	glob_t found;

	snprintf(pattern, sizeof(pattern), "%s/*.*", fixture->folder);
	assert_int_equal(glob(pattern, 0, NULL, &found), GLOB_NOMATCH);
}

static mode_t permissions(const char *path)
{
	struct stat status;

	assert_int_equal(stat(path, &status), 0);
	return status.st_mode & 0777;
}

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->folder = builder_new_folder();
	snprintf(fixture->path, sizeof(fixture->path), "%s/file", fixture->folder);
	snprintf(fixture->other, sizeof(fixture->other), "%s/other", fixture->folder);
	write_text(fixture->other, "old");
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	unlink(fixture->path);
	unlink(fixture->other);
	builder_remove_folder(fixture->folder);
	free(fixture);
	return 0;
}

static int replace(const struct fixture *fixture, const char *text)
{
	struct new_file file;
	int begun = atomic_file_begin(&file, fixture->path);

	if (begun)
		return begun;
	fputs(text, file.stream);
	return atomic_file_end(&file);
}

static void test_readers_get_the_old_one_until_its_end(void **state)
{
	const struct fixture *fixture = *state;
	struct new_file file;

	write_text(fixture->path, "old");
	assert_int_equal(atomic_file_begin(&file, fixture->path), 0);
	fputs("new", file.stream);
	assert_int_equal(fflush(file.stream), 0);
	assert_text(fixture->path, "old");
	assert_int_equal(atomic_file_end(&file), 0);
	assert_text(fixture->path, "new");
	assert_no_draft(fixture);
}

static void test_permissions_stay_what_they_were(void **state)
{
	const struct fixture *fixture = *state;
	mode_t mask = umask(027);

	assert_int_equal(replace(fixture, "first"), 0);
	umask(mask);
	assert_int_equal(permissions(fixture->path), 0640);
	assert_int_equal(chmod(fixture->path, 0604), 0);
	assert_int_equal(replace(fixture, "second"), 0);
	assert_int_equal(permissions(fixture->path), 0604);
}

/* A baseline may be a link into another folder: that file is meant. */
static void test_a_link_stays_and_its_file_is_replaced(void **state)
{
	const struct fixture *fixture = *state;
	struct stat status;

	assert_int_equal(symlink("other", fixture->path), 0);
	assert_int_equal(replace(fixture, "new"), 0);
	assert_int_equal(lstat(fixture->path, &status), 0);
	assert_true(S_ISLNK(status.st_mode));
	assert_text(fixture->other, "new");
	assert_no_draft(fixture);
}

static void test_an_abandoned_one_changes_nothing(void **state)
{
	const struct fixture *fixture = *state;
	struct new_file file;

	write_text(fixture->path, "old");
	assert_int_equal(atomic_file_begin(&file, fixture->path), 0);
	fputs("new", file.stream);
	atomic_file_abandon(&file);
	assert_text(fixture->path, "old");
	assert_no_draft(fixture);
}

static void test_what_does_not_fit_changes_nothing(void **state)
{
	const struct fixture *fixture = *state;
	struct rlimit before, small;

	write_text(fixture->path, "old");
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
	small = (struct rlimit){ 2, before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
	assert_int_equal(replace(fixture, "more than two bytes"), EFBIG);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
	assert_text(fixture->path, "old");
	assert_no_draft(fixture);
}

static void test_why_there_is_none_is_said(void **state)
{
	struct fixture *fixture = *state;

	snprintf(fixture->path, sizeof(fixture->path), "%s/none/file", fixture->folder);
	assert_int_equal(replace(fixture, "new"), ENOENT);
	snprintf(fixture->path, sizeof(fixture->path), "%s/other/file", fixture->folder);
	assert_int_equal(replace(fixture, "new"), ENOTDIR);
}

static void test_an_interrupted_one_leaves_no_draft(void **state)
{
	const struct fixture *fixture = *state;
	int status;
	pid_t child;

	write_text(fixture->path, "old");
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct new_file file;

		if (atomic_file_begin(&file, fixture->path) == 0)
			raise(SIGTERM);
		_exit(1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_text(fixture->path, "old");
	assert_no_draft(fixture);
}

int main(void)
{
#define FILE_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		FILE_TEST(test_readers_get_the_old_one_until_its_end),
		FILE_TEST(test_permissions_stay_what_they_were),
		FILE_TEST(test_a_link_stays_and_its_file_is_replaced),
		FILE_TEST(test_an_abandoned_one_changes_nothing),
		FILE_TEST(test_what_does_not_fit_changes_nothing),
		FILE_TEST(test_why_there_is_none_is_said),
		FILE_TEST(test_an_interrupted_one_leaves_no_draft),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
