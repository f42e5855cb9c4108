/* SPDX-License-Identifier: MIT */
#include "analyzer/base/used_memory.h"

#include <stdio.h>
#include <unistd.h>

uint64_t used_memory(void)
{
	FILE *file = fopen("/proc/self/statm", "re");
	unsigned long long pages = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%llu", &pages) != 1)
		pages = 0;
	fclose(file);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}
