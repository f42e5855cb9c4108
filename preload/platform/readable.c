/* SPDX-License-Identifier: MIT */
#include "preload/platform/readable.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
#include "preload/platform/checkers.h"
#include "preload/platform/real_calls.h"

/* valgrind takes a read by rt_sigprocmask() for one of the program, which may be uninitialised. */
static bool readable_under_valgrind(uintptr_t place)
{
	uint64_t copy;
	const struct iovec from = { (void *)place, sizeof(copy) }, to = { &copy, sizeof(copy) };

	return real.syscall(SYS_process_vm_readv, getpid(), &to, 1, &from, 1, 0) >= 0 ||
	       errno != EFAULT;
}

/*
 * Asked of rt_sigprocmask(2) with a request that does not exist: the kernel copies the set in
 * (EFAULT where it can't) before it declines (EINVAL). No filter of system calls forbids it.
 */
bool readable(uintptr_t address)
{
	const void *set = (const void *)(address & ~(uintptr_t)7);

	if (checkers_are_valgrind())
		return readable_under_valgrind((uintptr_t)set);
	return real.syscall(SYS_rt_sigprocmask, -1, set, NULL, 8) >= 0 || errno != EFAULT;
}
