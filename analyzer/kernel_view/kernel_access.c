/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_access.h"

#include <errno.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

static void report_failure(const struct kernel_process *process)
{
	const struct passwd *user;

	/* /proc mounted with hidepid shows only one's own processes. */
	if (process->failure == ESRCH && kill(process->pid, 0) < 0 && errno == EPERM) {
		fprintf(stderr,
			"finleak: cannot examine process %d: /proc hides it (hidepid); run finleak "
			"as its user or as root\n",
			process->pid);
		return;
	}
	if (process->failure == ESRCH) {
		fprintf(stderr, "finleak: no process %d\n", process->pid);
		return;
	}
	if (process->failure != EACCES && process->failure != EPERM) {
		fprintf(stderr, "finleak: cannot examine process %d: %s\n", process->pid,
			strerror(process->failure));
		return;
	}
	user = getpwuid(process->uid);
	if (user)
		fprintf(stderr,
			"finleak: cannot examine process %d of user %s: run finleak as that user "
			"or as root\n",
			process->pid, user->pw_name);
	else
		fprintf(stderr,
			"finleak: cannot examine process %d of user %u: run finleak as that user "
			"or as root\n",
			process->pid, process->uid);
}

bool kernel_access_report(const struct kernel_process *process)
{
	if (process->failure)
		report_failure(process);
	else if (process->namespace_failure)
		fprintf(stderr,
			"finleak: cannot read the sockets of the network namespace of process %d: "
			"%s\n",
			process->pid, strerror(process->namespace_failure));
	return process->failure || process->namespace_failure;
}

void kernel_access_raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}
