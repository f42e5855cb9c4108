/* SPDX-License-Identifier: MIT */
#include "preload/process/own_identity.h"

#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>
#include "preload/platform/checkers.h"
#include "preload/platform/clock.h"
#include "preload/platform/real_calls.h"
#include "preload/process/options.h"

static char executable[RECORDED_EXE_MAX];
static char command[RECORDED_COMMAND_MAX];
static size_t command_size;

void process_identify(int argc, char *const *argv)
{
	ssize_t length = readlink("/proc/self/exe", executable, sizeof(executable) - 1);
	int i;

	executable[length > 0 ? length : 0] = '\0';
	if (length <= 0 && argc > 0)
		strncpy(executable, argv[0], sizeof(executable) - 1);
	for (i = 0; i < argc && argv[i]; i++) {
		size_t size = strlen(argv[i]) + 1;

		if (command_size + size > sizeof(command) - 2)
			break;
		memcpy(command + command_size, argv[i], size);
		command_size += size;
	}
}

/*
 * liburing makes its system calls inline, so a ring of its making goes unseen, and putting oneself
 * in front of its functions would not do: a library that dlopen() gave alone is out of RTLD_NEXT's
 * reach, and a program that checks whether they are there would find ours. Whether a program was
 * linked to it costs nothing to know; it is never called.
 */
extern void io_uring_queue_init_params(void) __attribute__((weak));

/* A limit of this process; UINT64_MAX: none. */
static uint64_t limit_of(__rlimit_resource_t resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
		return UINT64_MAX;
	return limit.rlim_cur;
}

struct ledger_identity own_identity(char *name, enum recording_origin origin, uint32_t birth_stack)
{
	struct timespec now;

	real.prctl(PR_GET_NAME, name, 0, 0, 0);
	clock_gettime(CLOCK_REALTIME, &now);
	return (struct ledger_identity){
		.origin = origin,
		.pid = getpid(),
		.parent_pid = getppid(),
		.birth_stack = birth_stack,
		.start_ns = clock_now(),
		.start_realtime_ns = now.tv_sec * 1000000000ll + now.tv_nsec,
		.descriptor_limit = limit_of(RLIMIT_NOFILE),
		.file_size_limit = limit_of(RLIMIT_FSIZE),
		/* It knows no mremap() that makes a second mapping. */
		.maps_whole = checkers_are_valgrind(),
		.frames_limit = options.frames,
		.options = (options.unix_sockets ? OPTION_UNIX : 0u) |
			   (io_uring_queue_init_params ? OPTION_LIBURING : 0u),
		.name = name,
		.executable = executable,
		.command = command,
		.command_size = command_size,
		.version = FINLEAK_VERSION,
		.maker = options.maker,
	};
}

const char *process_executable(void)
{
	return executable;
}
