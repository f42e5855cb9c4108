/* SPDX-License-Identifier: MIT */
#include "analyzer/script_stacks/process_memory.h"

#include <string.h>
#include <sys/uio.h>

#define TEXT_MAX 64

bool process_memory_read(int task, uint64_t address, void *to, size_t size)
{
	struct iovec here = { to, size };
	struct iovec there = { (void *)(uintptr_t)address, size };

	return size == 0 || process_vm_readv(task, &here, 1, &there, 1, 0) == (ssize_t)size;
}

uint64_t process_memory_word(int task, uint64_t address)
{
	uint64_t word;

	return process_memory_read(task, address, &word, sizeof(word)) ? word : 0;
}

bool process_memory_is(int task, uint64_t address, const char *text)
{
	char found[TEXT_MAX];
	size_t size = strlen(text) + 1;

	return size <= sizeof(found) && process_memory_read(task, address, found, size) &&
	       memcmp(found, text, size) == 0;
}
