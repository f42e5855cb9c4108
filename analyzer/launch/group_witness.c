/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/group_witness.h"
#include "analyzer/base/proc_lines.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void stand_by(pid_t finleak)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_NAME, "finleak-witness");
	if (getppid() != finleak)
		_exit(0);
	/* Whoever waits for the end of finleak's pipes must not wait for the witness. */
	syscall(SYS_close_range, 0, ~0u, 0);
	for (;;)
		pause();
}

static pid_t start(void)
{
	const pid_t finleak = getpid();
	sigset_t all, before;
	pid_t pid;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	pid = fork();
	if (pid == 0)
		stand_by(finleak);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid > 0 ? pid : 0;
}

/* A process is dismissed by SIGKILL, which alone is not blocked. */
static void dismiss(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* Signals pending for the process PID as a whole. False: /proc does not show it. */
static bool read_pending(pid_t pid, uint64_t *pending)
{
	static const char name[] = "ShdPnd:";
	struct proc_lines status;
	const char *line;
	bool found = false;

	if (!proc_lines_open(&status, pid, "status", '\n'))
		return false;
	while (!found && (line = proc_lines_next(&status))) {
		found = strncmp(line, name, sizeof(name) - 1) == 0;
		if (found)
			*pending = strtoull(line + sizeof(name) - 1, NULL, 16);
	}
	proc_lines_close(&status);
	return found;
}

void group_witness_begin(struct group_witness *witness)
{
	uint64_t pending;

	*witness = (struct group_witness){ .pid = start() };
	if (witness->pid && !read_pending(witness->pid, &pending))
		group_witness_end(witness);
}

void group_witness_end(struct group_witness *witness)
{
	if (witness->pid)
		dismiss(witness->pid);
	witness->pid = 0;
}

bool group_witness_knows(const struct group_witness *witness)
{
	return witness->pid != 0;
}

bool group_witness_got(struct group_witness *witness, int signal)
{
	const uint64_t bit = UINT64_C(1) << (signal - 1);
	uint64_t pending = 0;
	pid_t before = witness->pid;

	if (witness->seen & bit) {
		witness->seen &= ~bit;
		return true;
	}
	if (!before || !read_pending(before, &pending) || !(pending & bit))
		return false;
	/* A pending signal can't be taken back: a new witness, before the old one goes. */
	witness->pid = start();
	read_pending(before, &pending);
	witness->seen |= pending & ~bit;
	dismiss(before);
	return true;
}
