/* SPDX-License-Identifier: MIT */
#include "analyzer/base/interruption.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const int signals[] = { SIGINT, SIGTERM, SIGHUP };

#define SIGNAL_COUNT (sizeof(signals) / sizeof(signals[0]))

/* Changed only while the signals are blocked. */
static const char *volatile file_path;
static volatile int file_fd = -1;
static volatile bool line_is_shown;
static bool is_installed;

static void interrupted(int number)
{
	ssize_t done = 0;

	if (line_is_shown)
		done = write(STDERR_FILENO, "\r\033[K", 4);
	if (file_fd >= 0 && file_path)
		done = unlink(file_path);
	else if (file_fd >= 0)
		done = ftruncate(file_fd, 0);
	(void)done;
	/* SA_RESETHAND: the default action is back, and runs when this handler returns. */
	raise(number);
}

static void install(void)
{
	struct sigaction before, action;
	size_t i;

	if (is_installed)
		return;
	is_installed = true;
	memset(&action, 0, sizeof(action));
	action.sa_handler = interrupted;
	action.sa_flags = SA_RESETHAND;
	for (i = 0; i < SIGNAL_COUNT; i++)
		if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
			sigaction(signals[i], &action, NULL);
}

static void set(int fd, const char *path, bool is_shown)
{
	sigset_t block, before;
	size_t i;

	sigemptyset(&block);
	for (i = 0; i < SIGNAL_COUNT; i++)
		sigaddset(&block, signals[i]);
	sigprocmask(SIG_BLOCK, &block, &before);
	file_fd = fd;
	file_path = path;
	line_is_shown = is_shown;
	if (fd >= 0 || is_shown)
		install();
	sigprocmask(SIG_SETMASK, &before, NULL);
}

void interruption_guard_file(int fd, const char *path)
{
	set(fd, path, line_is_shown);
}

void interruption_release_file(void)
{
	set(-1, NULL, line_is_shown);
}

void interruption_guard_line(bool is_shown)
{
	set(file_fd, file_path, is_shown);
}
