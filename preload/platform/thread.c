/* SPDX-License-Identifier: MIT */
#include "preload/platform/thread.h"

#include <sys/syscall.h>
#include "preload/platform/real_calls.h"

int32_t thread_id(int32_t pid)
{
	static __thread struct {
		int32_t pid, thread;
	} known __attribute__((tls_model("initial-exec")));

	if (known.pid != pid) {
		known.thread = (int32_t)real.syscall(SYS_gettid);
		known.pid = pid;
	}
	return known.thread;
}
