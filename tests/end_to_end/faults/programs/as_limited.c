/* SPDX-License-Identifier: MIT */
/*
 * as_limited WHEN MIB: limits its address space to MIB mebibytes, before it starts (it becomes
 * itself once more) or after, and leaves three connections with their end read. It needs little
 * memory, and must get it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#include "fault.h"

#define NEEDED (1 << 20)

static void limit_to(const char *mib)
{
	rlim_t bytes = (rlim_t)atoi(mib) << 20;

	must(setrlimit(RLIMIT_AS, &(struct rlimit){ bytes, bytes }) == 0, "setrlimit");
}

int main(int argc, char **argv)
{
	void *memory;

	must(argc == 3, "usage: as_limited WHEN MIB");
	if (strcmp(argv[1], "before") == 0) {
		limit_to(argv[2]);
		execl("/proc/self/exe", argv[0], "within", argv[2], NULL);
		must(false, "exec");
	}
	if (strcmp(argv[1], "after") == 0)
		limit_to(argv[2]);
	make_gone("eof");
	memory = mmap(NULL, NEEDED, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	must(memory != MAP_FAILED, "mmap");
	puts("alive");
	pause_ms(HOLD_MS);
	return 0;
}
