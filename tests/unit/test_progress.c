/* SPDX-License-Identifier: MIT */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/interruption.h"
#include "analyzer/base/progress.h"
#include "tests/unit/recording_builder.h"
#include "tests/unit/unit.h"

#define CLEARED "\r\033[K"

#define LONG_MS 1500 /* more than a second, with what the coarse clock is off */

static long now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Works for WORK_MS in a child whose stderr is FD. */
static void work_in_child(int fd, long work_ms)
{
	pid_t child = fork();
	long end;

	assert_true(child >= 0);
	if (child == 0) {
		dup2(fd, STDERR_FILENO);
		end = now_ms() + work_ms;
		progress_allow();
		progress_begin("working", 7);
		do
			progress_step();
		while (now_ms() < end);
		progress_end();
		_exit(0);
	}
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* A terminal: *shown is its other end, where what is written can be read. */
static int open_terminal(int *shown)
{
	struct termios raw;
	int terminal;

	*shown = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*shown < 0)
		skip(); /* no terminals here */
	assert_int_equal(grantpt(*shown), 0);
	assert_int_equal(unlockpt(*shown), 0);
	terminal = open(ptsname(*shown), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(terminal >= 0);
	assert_int_equal(tcgetattr(terminal, &raw), 0);
	cfmakeraw(&raw);
	assert_int_equal(tcsetattr(terminal, TCSANOW, &raw), 0);
	return terminal;
}

/* All that work of WORK_MS shows on a terminal. */
static void read_shown(long work_ms, char *text, size_t text_size)
{
	int shown, terminal = open_terminal(&shown);
	size_t size = 0;
	ssize_t got;

	work_in_child(terminal, work_ms);
	/* With the last of its users a terminal ends: EIO, behind all that was written. */
	close(terminal);
	while (size < text_size - 1 && (got = read(shown, text + size, text_size - 1 - size)) > 0)
		size += (size_t)got;
	text[size] = '\0';
	close(shown);
}

static void long_work_is_shown_and_cleared(void **state)
{
	char text[65536];

	(void)state;
	read_shown(LONG_MS, text, sizeof(text));
	assert_ptr_equal(strstr(text, CLEARED "finleak: working, "), text);
	assert_non_null(strstr(text, " of 7"));
	assert_string_equal(text + strlen(text) - strlen(CLEARED), CLEARED);
}

static void short_work_is_quiet(void **state)
{
	char text[64];

	(void)state;
	read_shown(0, text, sizeof(text));
	assert_string_equal(text, "");
}

static void files_get_no_progress(void **state)
{
	FILE *file = tmpfile();
	struct stat status;

	(void)state;
	assert_non_null(file);
	work_in_child(fileno(file), LONG_MS);
	assert_int_equal(fstat(fileno(file), &status), 0);
	assert_int_equal(status.st_size, 0);
	fclose(file);
}

/* Is interrupted while it has written half of PATH, IS_NEW or not. Returns how the child ended. */
static int interrupt_writer(const char *path, bool is_new, int number)
{
	int status = 0, fd;
	pid_t child = fork();

	assert_true(child >= 0);
	if (child == 0) {
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		if (fd < 0 || write(fd, "half", 4) != 4)
			_exit(1);
		interruption_guard_file(fd, is_new ? path : NULL);
		raise(number);
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	return status;
}

static void interruption_leaves_no_half_file(void **state)
{
	static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
	char *folder = builder_new_folder(), *path = allocate_printed("%s/report", folder);
	struct stat status;
	size_t i;
	int ended;

	(void)state;
	for (i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		ended = interrupt_writer(path, true, signals[i]);
		assert_true(WIFSIGNALED(ended));
		assert_int_equal(WTERMSIG(ended), signals[i]);
		assert_int_not_equal(access(path, F_OK), 0);
	}
	/* A file that was there before is somebody's (a link, a mode of its own): emptied only. */
	ended = interrupt_writer(path, false, SIGINT);
	assert_true(WIFSIGNALED(ended));
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_size, 0);
	builder_remove_folder(folder);
	free(path);
}

static void complete_files_stay(void **state)
{
	char *folder = builder_new_folder(), *path = allocate_printed("%s/report", folder);
	int status = 0, fd;
	pid_t child = fork();

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
		interruption_guard_file(fd, path);
		interruption_release_file();
		raise(SIGINT);
		_exit(2);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(access(path, F_OK), 0);
	builder_remove_folder(folder);
	free(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(long_work_is_shown_and_cleared),
		cmocka_unit_test(short_work_is_quiet),
		cmocka_unit_test(files_get_no_progress),
		cmocka_unit_test(interruption_leaves_no_half_file),
		cmocka_unit_test(complete_files_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
