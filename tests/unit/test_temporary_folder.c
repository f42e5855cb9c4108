/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/temporary_folder.h"
#include "tests/unit/recording_builder.h"

static bool is_there(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static void touch(const char *folder, const char *name)
{
	char path[300];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	close(fd);
}

static void test_it_is_removed_with_what_is_in_it(void **state)
{
	struct temporary_folder folder;
	char path[256], inner[300];
	struct stat status;

	(void)state;
	assert_true(temporary_folder_make(&folder));
	snprintf(path, sizeof(path), "%s", folder.path);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 0777, 0700);
	snprintf(inner, sizeof(inner), "%s/inner", path);
	assert_int_equal(mkdir(inner, 0700), 0);
	touch(inner, "file");
	temporary_folder_remove(&folder);
	assert_false(is_there(path));
	assert_null(folder.path);
	temporary_folder_remove(&folder);
}

static void test_where_a_link_leads_nothing_is_removed(void **state)
{
	char *others = builder_new_folder(), link[300];
	struct temporary_folder folder;

	(void)state;
	touch(others, "kept");
	assert_true(temporary_folder_make(&folder));
	snprintf(link, sizeof(link), "%s/link", folder.path);
	assert_int_equal(symlink(others, link), 0);
	temporary_folder_remove(&folder);
	assert_false(is_there(link));
	snprintf(link, sizeof(link), "%s/kept", others);
	assert_true(is_there(link));
	unlink(link);
	builder_remove_folder(others);
}

/* The child that removes it comes to this process then, which is waited for. */
static void test_it_is_removed_after_kill_9(void **state)
{
	char path[256] = "";
	int ends[2];
	pid_t child;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct temporary_folder folder;

		if (!temporary_folder_make(&folder) ||
		    write(ends[1], folder.path, strlen(folder.path)) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	assert_true(read(ends[0], path, sizeof(path) - 1) > 0);
	assert_true(is_there(path));
	touch(path, "file");
	assert_int_equal(kill(child, SIGKILL), 0);
	while (wait(NULL) > 0 || errno == EINTR)
		;
	assert_false(is_there(path));
	close(ends[0]);
	close(ends[1]);
}

static void test_where_there_can_be_none(void **state)
{
	const char *before = getenv("TMPDIR");
	struct temporary_folder folder;

	(void)state;
	assert_int_equal(setenv("TMPDIR", "/proc/none", 1), 0);
	assert_false(temporary_folder_make(&folder));
	assert_null(folder.path);
	if (before)
		setenv("TMPDIR", before, 1);
	else
		unsetenv("TMPDIR");
	assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
	assert_int_equal(errno, ECHILD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_removed_with_what_is_in_it),
		cmocka_unit_test(test_where_a_link_leads_nothing_is_removed),
		cmocka_unit_test(test_it_is_removed_after_kill_9),
		cmocka_unit_test(test_where_there_can_be_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
