/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/naming_limits.h"

#include <stdbool.h>
#include <sys/resource.h>

#include "analyzer/base/clock.h"
#include "analyzer/base/used_memory.h"

/* For an address: of a sound file it takes milliseconds. */
#define STEP_NS (2 * NS_PER_S)

/* For all of them. */
#define TOTAL_NS (15 * NS_PER_S)

/* For reading files: 60 MB in a second. */
#define NS_OF_BYTE 16u

/* Address space: for libraries and a few files, and for what bytes of a file may become. */
#define MEMORY_BYTES   ((uint64_t)256 << 20)
#define MEMORY_OF_BYTE 16u

static struct {
	bool begun;
	uint64_t memory;   /* bytes of address space */
	uint64_t reading;  /* ns of processor time for what is read */
	uint64_t took;     /* ... of it, what earlier steps got */
	uint64_t start_ns; /* processor time at naming_limits_begin() */
} limits;

static void set_soft(int resource, uint64_t value)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return;
	limit.rlim_cur = value < limit.rlim_max ? value : limit.rlim_max;
	setrlimit(resource, &limit);
}

static uint64_t processor_ns(void)
{
	return clock_ns(CLOCK_PROCESS_CPUTIME_ID);
}

void naming_limits_begin(void)
{
	limits.begun = true;
	limits.start_ns = processor_ns();
	limits.memory = used_memory() + MEMORY_BYTES;
	set_soft(RLIMIT_AS, limits.memory);
	set_soft(RLIMIT_CORE, 0);
}

static void set_processor_limit(void)
{
	uint64_t ns = processor_ns() + STEP_NS + (limits.reading - limits.took);

	/* Whole seconds, of which the running one has begun. */
	set_soft(RLIMIT_CPU, ns / NS_PER_S + 1);
}

void naming_limits_allow(const struct stat *status)
{
	/* Holes take no room on the disk and grant none. */
	uint64_t size = (uint64_t)status->st_size, stored = (uint64_t)status->st_blocks * 512;

	if (!limits.begun)
		return;
	if (stored > size)
		stored = size;
	limits.memory += stored * (1 + MEMORY_OF_BYTE);
	limits.reading += stored * NS_OF_BYTE;
	set_soft(RLIMIT_AS, limits.memory);
	set_processor_limit();
}

void naming_limits_next(void)
{
	if (!limits.begun)
		return;
	limits.took = limits.reading;
	set_processor_limit();
}

uint64_t naming_limits_granted_ns(void)
{
	return TOTAL_NS + limits.reading;
}

uint64_t naming_limits_used_ns(void)
{
	return processor_ns() - limits.start_ns;
}
