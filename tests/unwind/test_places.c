/* SPDX-License-Identifier: MIT */
/* Our unwinder and libunwind's cursor on all sorts of stacks: signals', coroutines', threads'. */
#include "tests/unit/unit.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include "both_ways.h"
#include "preload/platform/loaded_object.h"
#include "preload/platform/real_calls.h"
#include "preload/unwind/unwind_stack.h"

#define NOINLINE __attribute__((noinline))
#define PAGE     4096

static void assert_equal(unsigned int stacks)
{
	struct both_ways seen = both_ways_seen();

	assert_int_equal(seen.stacks, stacks);
	assert_int_equal(seen.wrong, 0);
	assert_int_equal(seen.broken, 0);
	assert_int_equal(seen.beyond, 0);
	assert_true(seen.frames >= 3 * stacks);
}

/* SIZE bytes between two pages that can't be touched. */
static char *map_stack(size_t size)
{
	char *map = mmap(NULL, size + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(map + PAGE, size, PROT_READ | PROT_WRITE), 0);
	return map + PAGE;
}

static void unmap_stack(char *stack, size_t size)
{
	assert_int_equal(munmap(stack - PAGE, size + 2 * PAGE), 0);
}

static void compare_in_handler(int number)
{
	(void)number;
	both_ways_compare();
}

static void raise_in_handler(int number)
{
	(void)number;
	raise(SIGUSR1);
}

static void handle(int number, void (*handler)(int), int flags)
{
	const struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	assert_int_equal(sigaction(number, &action, NULL), 0);
}

static NOINLINE void raise_below(int depth, int number)
{
	if (depth > 0)
		raise_below(depth - 1, number);
	else
		raise(number);
	__asm__ volatile("");
}

static void in_a_handler(void **state)
{
	(void)state;
	both_ways_begin();
	handle(SIGUSR1, compare_in_handler, 0);
	raise_below(5, SIGUSR1);
	assert_equal(1);
}

static void in_a_handler_of_a_handler(void **state)
{
	(void)state;
	both_ways_begin();
	handle(SIGUSR1, compare_in_handler, 0);
	handle(SIGUSR2, raise_in_handler, 0);
	raise_below(5, SIGUSR2);
	assert_equal(1);
}

static void on_an_alternate_stack(void **state)
{
	size_t size = 64 * 1024;
	stack_t stack = { .ss_sp = map_stack(size), .ss_size = size };
	const stack_t none = { .ss_flags = SS_DISABLE };

	(void)state;
	both_ways_begin();
	assert_int_equal(sigaltstack(&stack, NULL), 0);
	handle(SIGUSR1, compare_in_handler, 0);
	handle(SIGUSR2, raise_in_handler, SA_ONSTACK);
	raise_below(5, SIGUSR2);
	handle(SIGUSR1, compare_in_handler, SA_ONSTACK);
	raise_below(7, SIGUSR1);
	assert_equal(2);
	assert_int_equal(sigaltstack(&none, NULL), 0);
	unmap_stack(stack.ss_sp, size);
}

static ucontext_t back, there;

static NOINLINE void compare_below(int depth)
{
	if (depth > 0)
		compare_below(depth - 1);
	else
		both_ways_compare();
	__asm__ volatile("");
}

static void coroutine(void)
{
	compare_below(3);
	swapcontext(&there, &back);
	compare_below(30);
}

static void run_coroutine(char *stack, size_t size)
{
	assert_int_equal(getcontext(&there), 0);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = size;
	there.uc_link = &back;
	makecontext(&there, coroutine, 0);
	assert_int_equal(swapcontext(&back, &there), 0);
	both_ways_compare();
	assert_int_equal(swapcontext(&back, &there), 0);
}

/* Their stacks come and go, large ones and small ones in the same place. */
static void in_coroutines(void **state)
{
	int i;

	(void)state;
	both_ways_begin();
	for (i = 0; i < 20; i++) {
		size_t size = (i % 3 + 8) * 8192;
		char *stack = map_stack(size);

		run_coroutine(stack, size);
		unmap_stack(stack, size);
	}
	assert_equal(60);
}

static void *in_thread(void *unused)
{
	compare_below(0);
	compare_below(20);
	return unused;
}

static void run_thread(pthread_attr_t *attributes)
{
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, attributes, in_thread, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
}

static void in_new_threads(void **state)
{
	int i;

	(void)state;
	both_ways_begin();
	for (i = 0; i < 20; i++)
		run_thread(NULL);
	assert_equal(40);
}

static void in_threads_on_stacks_of_their_own(void **state)
{
	size_t size = 64 * 1024;
	char *stack = map_stack(size);
	pthread_attr_t attributes;

	(void)state;
	both_ways_begin();
	assert_int_equal(pthread_attr_init(&attributes), 0);
	assert_int_equal(pthread_attr_setstack(&attributes, stack, size), 0);
	run_thread(&attributes);
	run_thread(&attributes);
	assert_equal(4);
	unmap_stack(stack, size);
}

static void *coroutine_in_thread(void *stack)
{
	both_ways_compare();
	run_coroutine(stack, 16 * PAGE);
	both_ways_compare();
	return NULL;
}

static void in_coroutines_of_threads(void **state)
{
	char *stack = map_stack(16 * PAGE);
	pthread_t thread;

	(void)state;
	both_ways_begin();
	assert_int_equal(pthread_create(&thread, NULL, coroutine_in_thread, stack), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_equal(5);
	unmap_stack(stack, 16 * PAGE);
}

#define FRAMES_MAX 64

struct stack {
	uint64_t pc[FRAMES_MAX];
	size_t frames;
	enum unwind_end end;
};

static struct stack seen_below;

static NOINLINE void keep_stack(void)
{
	static const struct unwind_hidden nothing;
	const struct unwind_registers here = unwind_here();

	seen_below.frames =
		unwind_stack(&here, &nothing, seen_below.pc, FRAMES_MAX, &seen_below.end);
}

/* Calls the function that it is given. No unwind information anywhere. */
static const uint8_t with_frame_pointer[] = {
	0x55,                   /* push %rbp */
	0x48, 0x89, 0xe5,       /* mov %rsp, %rbp */
	0x48, 0x83, 0xec, 0x20, /* sub $32, %rsp */
	0xff, 0xd7,             /* call *%rdi */
	0xc9, 0xc3,             /* leave; ret */
};
static const uint8_t with_wild_frame_pointer[] = {
	0x55,                                     /* push %rbp */
	0x48, 0xc7, 0xc5, 0x10, 0x70, 0x00, 0x00, /* mov $0x7010, %rbp */
	0xff, 0xd7,                               /* call *%rdi */
	0x5d, 0xc3,                               /* pop %rbp; ret */
};

typedef void call_through(void (*what)(void));

/* Frames 0 and 1 of the stack are keep_stack and the code; then come those of a direct call. */
static void in_code_made_at_run_time(void **state)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE | PROT_EXEC,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	call_through *call = (call_through *)(uintptr_t)page;
	struct stack direct;

	(void)state;
	assert_ptr_not_equal(page, MAP_FAILED);
	memcpy(page, with_frame_pointer, sizeof(with_frame_pointer));
	keep_stack();
	direct = seen_below;
	assert_int_equal(direct.end, UNWIND_WHOLE);
	assert_true(direct.frames > 4);

	/* libunwind's cursor has the frame that called the code twice. */
	call(keep_stack);
	assert_int_equal(seen_below.end, UNWIND_WHOLE);
	assert_int_equal(seen_below.frames, direct.frames + 1);
	assert_in_range(seen_below.pc[1], (uintptr_t)page, (uintptr_t)page + PAGE);
	assert_memory_equal(&seen_below.pc[3], &direct.pc[2],
			    (direct.frames - 2) * sizeof(direct.pc[0]));

	/* Where there is no frame pointer, the stack ends, and is marked as cut. */
	memcpy(page, with_wild_frame_pointer, sizeof(with_wild_frame_pointer));
	call(keep_stack);
	assert_int_equal(seen_below.end, UNWIND_BROKEN);
	assert_int_equal(seen_below.frames, 2);
	assert_int_equal(munmap(page, PAGE), 0);
}

/* More than a mebibyte at once: as far as anybody asks. */
static NOINLINE void with_large_frames(int depth)
{
	volatile char room[900000];

	room[depth] = 1;
	if (depth > 0)
		with_large_frames(depth - 1);
	else
		both_ways_compare();
	room[0] = room[depth];
}

static void deep_down(void **state)
{
	(void)state;
	both_ways_begin();
	compare_below(100);
	with_large_frames(0);
	with_large_frames(1);
	with_large_frames(4);
	compare_below(10);
	assert_equal(5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_a_handler),
		cmocka_unit_test(in_a_handler_of_a_handler),
		cmocka_unit_test(on_an_alternate_stack),
		cmocka_unit_test(in_coroutines),
		cmocka_unit_test(in_new_threads),
		cmocka_unit_test(in_threads_on_stacks_of_their_own),
		cmocka_unit_test(in_coroutines_of_threads),
		cmocka_unit_test(in_code_made_at_run_time),
		cmocka_unit_test(deep_down),
	};

	real_calls_resolve();
	loaded_object_start();
	if (!unwind_stack_start())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
