/* SPDX-License-Identifier: MIT */
#include "children.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#include "expect.h"

static struct {
	struct recorded_socket row;
	pid_t pid;
} * report;
static pid_t reaped;

void children_start(void)
{
	report = mmap(NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (report == MAP_FAILED)
		abort();
}

int wait_for_child(pid_t child)
{
	int status;

	reaped = waitpid(child, &status, 0);
	assert_true(reaped > 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int wait_for_any_child(void)
{
	return wait_for_child(-1);
}

pid_t reaped_pid(void)
{
	return reaped;
}

void report_row(int fd)
{
	const struct recorded_socket *row = row_of(fd);

	if (!row)
		_exit(99);
	report->row = *row;
}

const struct recorded_socket *reported(void)
{
	return &report->row;
}

void report_pid(void)
{
	report->pid = getpid();
}

pid_t reported_pid(void)
{
	return report->pid;
}
