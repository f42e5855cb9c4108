/* SPDX-License-Identifier: MIT */
#include "preload/platform/readable.h"

#include <errno.h>
#include <stddef.h>
#include <sys/syscall.h>
#include "preload/platform/real_calls.h"

/*
 * Asked of rt_sigprocmask(2) with a request that does not exist: the kernel copies the set in
 * (EFAULT where it can't) before it declines (EINVAL). No filter of system calls forbids it.
 */
bool readable(uintptr_t address)
{
	const void *set = (const void *)(address & ~(uintptr_t)7);

	return real.syscall(SYS_rt_sigprocmask, -1, set, NULL, 8) >= 0 || errno != EFAULT;
}
