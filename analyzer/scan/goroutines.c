/* SPDX-License-Identifier: MIT */
#include "analyzer/scan/goroutines.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/script_stacks/process_memory.h"
#include "analyzer/symbolize/elf_symbol.h"

/* Of a stack, bytes. Frames beyond that are not seen. */
#define STACK_COPIED (64u << 10)

/*
 * Words of struct g, of Go 1.17 and later on 64 bits: the stack's bounds; from word 7 on what the
 * scheduler needs to go on: stack pointer, program counter, the g itself, which proves that this is
 * one.
 */
enum g_word {
	G_STACK_LOW,
	G_STACK_HIGH,
	G_SP = 7,
	G_PC,
	G_SELF,
	/* Go 1.25 has one word less there, Go 1.23 one more later on. */
	G_BP_NEW = 12,
	G_BP,
	G_STATUS = 18,
	G_STATUS_NEW,
	G_WORDS = 21,
};

/* Of the status; the bit is set while the garbage collector reads its stack. */
#define STATUS_READY     1
#define STATUS_WAITING   4
#define STATUS_PREEMPTED 9
#define STATUS_SCANNED   0x1000u

struct reading {
	int task;
	char *stack; /* STACK_COPIED bytes */
	void (*take)(void *context, const struct goroutine *goroutine);
	void *context;
};

static bool is_status(uint64_t word)
{
	word &= ~(uint64_t)STATUS_SCANNED;
	return word > 0 && word <= STATUS_PREEMPTED;
}

/* Where the status is: what stands in its place in the other versions is a pointer, or 0. */
static size_t status_of(const uint64_t *g)
{
	return is_status(g[G_STATUS]) ? G_STATUS : G_STATUS_NEW;
}

static bool is_on_stack(const uint64_t *g, uint64_t address)
{
	return address >= g[G_SP] && address < g[G_STACK_HIGH] && address % sizeof(uint64_t) == 0;
}

/* Follows the frame pointers through the SIZE bytes of its stack from G_SP on. */
static void walk(struct goroutine *goroutine, const uint64_t *g, const char *stack, size_t size)
{
	uint64_t frame = is_on_stack(g, g[G_BP_NEW]) ? g[G_BP_NEW] : g[G_BP], words[2];

	goroutine->pc[goroutine->frames++] = g[G_PC];
	while (goroutine->frames < GOROUTINE_FRAMES_MAX && is_on_stack(g, frame) &&
	       frame - g[G_SP] <= size - sizeof(words)) {
		memcpy(words, stack + (frame - g[G_SP]), sizeof(words));
		if (!words[1])
			return;
		goroutine->pc[goroutine->frames++] = words[1];
		if (words[0] <= frame)
			return;
		frame = words[0];
	}
}

static void read_one(const struct reading *reading, uint64_t address)
{
	uint64_t g[G_WORDS], again[G_WORDS], status;
	struct goroutine goroutine = { .frames = 0 };
	size_t size;

	if (!process_memory_read(reading->task, address, g, sizeof(g)) || g[G_SELF] != address ||
	    g[G_SP] < g[G_STACK_LOW] || g[G_SP] >= g[G_STACK_HIGH])
		return;
	status = g[status_of(g)] & ~(uint64_t)STATUS_SCANNED;
	if (status != STATUS_READY && status != STATUS_WAITING && status != STATUS_PREEMPTED)
		return;
	size = g[G_STACK_HIGH] - g[G_SP];
	size = size < STACK_COPIED ? size : STACK_COPIED;
	if (size < 2 * sizeof(uint64_t) ||
	    !process_memory_read(reading->task, g[G_SP], reading->stack, size) ||
	    !process_memory_read(reading->task, address, again, sizeof(again)) ||
	    memcmp(g, again, sizeof(g)) != 0)
		return;
	goroutine.number = g[status_of(g) + 1];
	goroutine.is_ready = status != STATUS_WAITING;
	walk(&goroutine, g, reading->stack, size);
	reading->take(reading->context, &goroutine);
}

/* The list of all goroutines, pointer and length. */
static bool find_list(int pid, uint64_t *address)
{
	int fd = proc_task_executable(pid);
	bool found;

	if (fd < 0)
		return false;
	found = elf_symbol_find(fd, "runtime.allgs", address);
	close(fd);
	return found;
}

bool goroutines_each(int pid, uint64_t bias,
		     void (*take)(void *context, const struct goroutine *goroutine), void *context,
		     uint64_t *left)
{
	struct reading reading = { .task = proc_task(pid), .take = take, .context = context };
	uint64_t place, list[2], address, i;

	*left = 0;
#if !defined(__x86_64__)
	/* Elsewhere frame pointers lie in other places. */
	return false;
#endif
	if (!find_list(pid, &place) ||
	    !process_memory_read(reading.task, place + bias, list, sizeof(list)))
		return false;
	reading.stack = allocate_zeroed(STACK_COPIED, 1);
	for (i = 0; i < list[1] && i < GOROUTINES_MAX; i++) {
		address = process_memory_word(reading.task, list[0] + i * sizeof(address));
		if (address)
			read_one(&reading, address);
	}
	*left = list[1] > i ? list[1] - i : 0;
	free(reading.stack);
	return true;
}
