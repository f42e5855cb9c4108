/* SPDX-License-Identifier: MIT */
/* What must do no harm to our unwinder: overwritten stacks, signals, forks, a full table. */
#include "tests/unit/unit.h"

#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include "preload/platform/loaded_object.h"
#include "preload/platform/real_calls.h"
#include "preload/unwind/unwind_bounds.h"
#include "preload/unwind/unwind_expression.h"
#include "preload/unwind/unwind_rules.h"
#include "preload/unwind/unwind_stack.h"

#define NOINLINE   __attribute__((noinline))
#define FRAMES_MAX 64
#define PAGE       4096

static const struct unwind_hidden nothing;

/* --- overwritten stacks --- */

#define PAGES 8
#define TRIES 300000

static uint64_t seed = 88172645463325252ull;

static uint64_t any(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

struct segment {
	uint64_t start, size;
};

static struct segment segments[256];
static size_t segment_count;

static int keep_segments(struct dl_phdr_info *object, size_t size, void *unused)
{
	int i;

	(void)size;
	(void)unused;
	for (i = 0; i < object->dlpi_phnum; i++)
		if (object->dlpi_phdr[i].p_type == PT_LOAD && segment_count < 256)
			segments[segment_count++] = (struct segment){
				object->dlpi_addr + object->dlpi_phdr[i].p_vaddr,
				object->dlpi_phdr[i].p_memsz,
			};
	return 0;
}

/* An address in some object, mostly of code; now and then in a hole behind it. */
static uint64_t any_code(void)
{
	const struct segment *segment = &segments[any() % segment_count];

	return segment->start + any() % (segment->size + (any() % 16 ? 0 : PAGE));
}

/* What may stand in a stack: places in it or near it, code, numbers. */
static uint64_t any_word(uint64_t stack)
{
	switch (any() % 8) {
	case 0:
	case 1:
		return (stack + any() % (PAGES * PAGE)) & ~7ull;
	case 2:
		return stack - 2 * PAGE + any() % ((PAGES + 4) * PAGE);
	case 3:
		return any();
	case 4:
		return any() % 4096;
	default:
		return any_code();
	}
}

static void overwritten_stacks_do_not_fault(void **state)
{
	char *map = mmap(NULL, (PAGES + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t *stack = (uint64_t *)(map + PAGE);
	size_t walked = 0, ends[4] = { 0 };
	int i;

	(void)state;
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(stack, PAGES * PAGE, PROT_READ | PROT_WRITE), 0);
	dl_iterate_phdr(keep_segments, NULL);
	assert_true(segment_count > 4);
	for (i = 0; i < TRIES; i++) {
		struct unwind_registers from = {
			.pc = any_code(),
			.sp = any() % 8 ? (uint64_t)stack + any() % (PAGES * PAGE / 8) * 8
					: any_word((uint64_t)stack),
			.fp = any_word((uint64_t)stack),
		};
		uint64_t pc[FRAMES_MAX];
		enum unwind_end end;
		size_t n, word;

		if (i % 100 == 0)
			for (word = 0; word < PAGES * PAGE / 8; word++)
				stack[word] = any_word((uint64_t)stack);
		n = unwind_stack(&from, &nothing, pc, FRAMES_MAX, &end);
		assert_true(n <= FRAMES_MAX);
		walked += n;
		ends[end]++;
	}
	/* It was no use if nothing could be walked. */
	assert_true(walked > TRIES);
	assert_true(ends[UNWIND_WHOLE] > 0 && ends[UNWIND_BROKEN] > 0 && ends[UNWIND_BEYOND] > 0);
	munmap(map, (PAGES + 2) * PAGE);
}

/* Expressions of any bytes over any registers: what they read is checked, and they come to an end.
 */
static void any_expression_does_not_fault(void **state)
{
	char *map = mmap(NULL, (PAGES + 2) * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t *stack = (uint64_t *)(map + PAGE), results = 0, value, i;
	/* Those that read, jump and divide more often than others. */
	static const uint8_t frequent[] = { 0x06, 0x94, 0x1b, 0x1d, 0x28, 0x2f, 0x30, 0x3f, 0x70,
					    0x77, 0x76, 0x12, 0x16, 0x22, 0x23, 0x92, 0x15, 0x17 };

	(void)state;
	assert_ptr_not_equal(map, MAP_FAILED);
	assert_int_equal(mprotect(stack, PAGES * PAGE, PROT_READ | PROT_WRITE), 0);
	for (i = 0; i < PAGES * PAGE / 8; i++)
		stack[i] = any_word((uint64_t)stack);
	for (i = 0; i < TRIES; i++) {
		struct unwind_values registers = { .known = (uint32_t)any() };
		uint64_t before = any_word((uint64_t)stack);
		struct unwind_bounds bounds;
		uint8_t bytes[24];
		size_t n;

		for (n = 0; n < UNWIND_REGISTERS; n++)
			registers.value[n] = any_word((uint64_t)stack);
		for (n = 0; n < sizeof(bytes); n++)
			bytes[n] = any() % 2 ? frequent[any() % sizeof(frequent)] : (uint8_t)any();
		if (!unwind_bounds_of((uintptr_t)stack + any() % (PAGES * PAGE), &bounds))
			continue;
		n = 1 + any() % sizeof(bytes);
		results += unwind_evaluate((struct unwind_bytes){ bytes, bytes + n, false },
					   &registers, &bounds, i % 2 ? &before : NULL, &value);
	}
	assert_true(results > TRIES / 100);
	munmap(map, (PAGES + 2) * PAGE);
}

static volatile sig_atomic_t frames_in_overflow;
static sigjmp_buf after_overflow;

static void on_overflow(int number)
{
	const struct unwind_registers here = unwind_here();
	uint64_t pc[FRAMES_MAX];
	enum unwind_end end;

	(void)number;
	frames_in_overflow = (int)unwind_stack(&here, &nothing, pc, FRAMES_MAX, &end);
	siglongjmp(after_overflow, 1);
}

static volatile int depth_wanted = 1 << 30;

static NOINLINE int overflow(int depth)
{
	volatile char room[1000];

	room[0] = (char)depth;
	return depth < depth_wanted ? overflow(depth + 1) + room[0] : 0;
}

static void *overflows(void *unused)
{
	static char room[65536];
	const stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };
	const struct sigaction action = { .sa_handler = on_overflow, .sa_flags = SA_ONSTACK };
	struct sigaction before;

	if (sigaltstack(&stack, NULL) != 0 || sigaction(SIGSEGV, &action, &before) != 0)
		abort();
	if (!sigsetjmp(after_overflow, 1))
		overflow(0);
	sigaction(SIGSEGV, &before, NULL);
	return unused;
}

/* The stack pointer is where nothing can be read. */
static void stack_that_is_used_up(void **state)
{
	pthread_t thread;

	(void)state;
	frames_in_overflow = 0;
	assert_int_equal(pthread_create(&thread, NULL, overflows, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	/* Those of the handler at least. */
	assert_true(frames_in_overflow >= 2);
}

/* --- stacks of the program's making --- */

static struct {
	size_t frames;
	enum unwind_end end;
} last_walk;

static NOINLINE void walk_here(void)
{
	const struct unwind_registers here = unwind_here();
	uint64_t pc[FRAMES_MAX];

	last_walk.frames = unwind_stack(&here, &nothing, pc, FRAMES_MAX, &last_walk.end);
}

#define LARGE_FRAME (3 << 20)

static NOINLINE int walk_below_large_frame(void)
{
	volatile char room[LARGE_FRAME];

	room[0] = room[LARGE_FRAME - 1] = 1;
	walk_here();
	return room[0] + room[LARGE_FRAME - 1];
}

static void *walks_below_large_frame(void *unused)
{
	walk_below_large_frame();
	return unused;
}

/* A buffer of some megabytes, in a thread and in the first one, before anything else is known. */
static void large_frames(void **state)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	walk_below_large_frame();
	assert_int_equal(last_walk.end, UNWIND_WHOLE);
	assert_true(last_walk.frames >= 4);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 2 * LARGE_FRAME);
	assert_int_equal(pthread_create(&thread, &attributes, walks_below_large_frame, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(last_walk.end, UNWIND_WHOLE);
	assert_true(last_walk.frames >= 4);
}

/* One mapping: room for coroutines, and right above it a thread's stack, without a guard. */
#define ROOM ((size_t)16 * PAGE)

static char *room_below_stack;
static ucontext_t back, coroutine;

static void walk_deep_in_coroutine(void)
{
	volatile char deep[ROOM / 2];

	deep[0] = 1;
	walk_here();
	deep[1] = deep[0];
	swapcontext(&coroutine, &back);
}

/* Calls walk_here() from code without unwind information, with a frame pointer of FP.
 */
void call_with_frame_pointer(const void *fp);
__asm__(".text\n.type call_with_frame_pointer, @function\ncall_with_frame_pointer:\n"
	"push %rbp\n\tmov %rdi, %rbp\n\tcall walk_for_assembler\n\tpop %rbp\n\tret\n"
	".size call_with_frame_pointer, . - call_with_frame_pointer\n");

__attribute__((used)) static void walk_for_assembler(void) __asm__("walk_for_assembler");
static void walk_for_assembler(void)
{
	walk_here();
}

static void walk_towards_hole(void)
{
	call_with_frame_pointer(room_below_stack + ROOM - 2 * PAGE + 256);
	swapcontext(&coroutine, &back);
}

static void run_coroutine(void (*body)(void), size_t size)
{
	getcontext(&coroutine);
	coroutine.uc_stack.ss_sp = room_below_stack;
	coroutine.uc_stack.ss_size = size;
	makecontext(&coroutine, body, 0);
	swapcontext(&back, &coroutine);
}

static void *runs_coroutines(void *unused)
{
	walk_here();
	run_coroutine(walk_deep_in_coroutine, ROOM);
	/* The next one gets a smaller stack with a guard above it, in the same place. */
	if (mprotect(room_below_stack + ROOM - 2 * PAGE, 2 * PAGE, PROT_NONE) != 0)
		abort();
	run_coroutine(walk_towards_hole, ROOM - 2 * PAGE);
	return unused;
}

static void stacks_below_that_of_the_thread(void **state)
{
	pthread_attr_t attributes;
	pthread_t thread;

	(void)state;
	room_below_stack =
		mmap(NULL, 2 * ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(room_below_stack, MAP_FAILED);
	pthread_attr_init(&attributes);
	pthread_attr_setstack(&attributes, room_below_stack + ROOM, ROOM);
	assert_int_equal(pthread_create(&thread, &attributes, runs_coroutines, NULL), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(last_walk.frames >= 2);
	munmap(room_below_stack, 2 * ROOM);
}

/* --- signals, forks and other threads in between --- */

static unsigned int wrong_stacks;

static NOINLINE int take_and_compare(int depth, const uint64_t *wanted, uint64_t *pc)
{
	struct unwind_registers here;
	enum unwind_end end;
	size_t n;

	if (depth > 0) {
		int result = take_and_compare(depth - 1, wanted, pc);

		__asm__ volatile("");
		return result;
	}
	here = unwind_here();
	n = unwind_stack(&here, &nothing, pc, FRAMES_MAX, &end);
	/* The outermost ones are different callers'. Where a signal came in the midst of the PLT,
	 * whose unwind information is an expression, the cursor is to be asked. */
	return n > 9 && (end == UNWIND_WHOLE || end == UNWIND_BEYOND) &&
	       (!wanted || memcmp(wanted, pc, 8 * sizeof(*pc)) == 0);
}

static uint64_t reference[FRAMES_MAX];

static void take_one(void)
{
	uint64_t pc[FRAMES_MAX];

	if (!take_and_compare(9, reference, pc))
		__atomic_fetch_add(&wrong_stacks, 1, __ATOMIC_RELAXED);
}

static volatile sig_atomic_t storm_signals;

static void on_storm(int number)
{
	(void)number;
	storm_signals++;
	take_one();
}

#define ROUNDS 40000

/* Whatever the handler interrupts: a hit, a miss, the storing of a rule, the first look at a page.
 */
static void signals_in_the_midst(void **state)
{
	const struct sigaction action = { .sa_handler = on_storm };
	const struct itimerval every = { { 0, 100 }, { 0, 100 } }, never = { 0 };
	int i;

	(void)state;
	assert_true(take_and_compare(9, NULL, reference));
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &every, NULL), 0);
	for (i = 0; i < ROUNDS || storm_signals < 500; i++) {
		if (i % 3 == 0)
			unwind_rules_forget();
		take_one();
	}
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_int_equal(wrong_stacks, 0);
}

static bool over;

static void *takes_stacks(void *unused)
{
	while (!__atomic_load_n(&over, __ATOMIC_RELAXED)) {
		unwind_rules_forget();
		take_one();
		take_one();
	}
	return unused;
}

static void forks_in_the_midst(void **state)
{
	pthread_t threads[3];
	int i, status;

	(void)state;
	assert_true(take_and_compare(9, NULL, reference));
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, takes_stacks, NULL), 0);
	for (i = 0; i < 200; i++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			take_one();
			unwind_rules_forget();
			take_one();
			_exit(wrong_stacks != 0);
		}
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
	}
	__atomic_store_n(&over, true, __ATOMIC_RELAXED);
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_int_equal(wrong_stacks, 0);
}

/* --- the table --- */

/* More than there is room for, in neighbourhoods of all densities. */
#define ADDRESSES 100000

static uint64_t address_of(uint64_t i)
{
	return 0x550000000000 + (i << i % 13);
}

static struct unwind_rule rule_of_address(uint64_t address)
{
	return (struct unwind_rule){
		.kind = UNWIND_BY_SP,
		.cfa = (int32_t)(address % 0x3fffff),
		.fp = -8 * (int32_t)(1 + address % 2000),
	};
}

static void *stores_and_finds(void *torn)
{
	uint64_t i, found = 0;

	for (i = 0; i < 20 * ADDRESSES; i++) {
		uint64_t address = address_of((i * 7919) % ADDRESSES);
		struct unwind_rule wanted = rule_of_address(address), got;
		uint64_t packed = unwind_rules_find(address);

		if (!packed) {
			unwind_rules_store(address, unwind_rules_generation(), &wanted);
			continue;
		}
		found++;
		got = unwind_rule_of(packed);
		if (got.kind != wanted.kind || got.cfa != wanted.cfa || got.fp != wanted.fp)
			__atomic_fetch_add((unsigned int *)torn, 1, __ATOMIC_RELAXED);
		if (i % 50000 == 0)
			unwind_rules_forget();
	}
	return found > 1000 ? torn : NULL;
}

static void full_table_is_never_wrong(void **state)
{
	uint64_t lost = unwind_rules_lost();
	unsigned int torn = 0;
	pthread_t threads[3];
	void *result;
	int i;

	(void)state;
	for (i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, stores_and_finds, &torn), 0);
	for (i = 0; i < 3; i++) {
		assert_int_equal(pthread_join(threads[i], &result), 0);
		assert_non_null(result);
	}
	assert_int_equal(torn, 0);
	assert_true(unwind_rules_lost() > lost);
	/* Stacks are none the worse for it. */
	assert_true(take_and_compare(9, NULL, reference));
}

static void rules_of_every_shape(void **state)
{
	static const int32_t cfas[] = { -8388607, -8, 0, 8, 16, 1000000, 8388607 };
	static const int32_t fps[] = { -16384, -16, -8, 0, UNWIND_FP_KEPT, UNWIND_FP_LOST };
	uint64_t address = 0x660000000000;
	size_t c, f;

	(void)state;
	unwind_rules_forget();
	for (c = 0; c < sizeof(cfas) / sizeof(*cfas); c++) {
		for (f = 0; f < sizeof(fps) / sizeof(*fps); f++) {
			struct unwind_rule rule = { UNWIND_BY_FP, cfas[c], fps[f] }, got;

			address += 16384;
			unwind_rules_store(address, unwind_rules_generation(), &rule);
			assert_true(unwind_rules_find(address) != 0);
			got = unwind_rule_of(unwind_rules_find(address));
			assert_int_equal(got.kind, rule.kind);
			assert_int_equal(got.cfa, rule.cfa);
			assert_int_equal(got.fp, rule.fp);
		}
	}
}

static void old_rules_never_come_back(void **state)
{
	const struct unwind_rule rule = { UNWIND_BY_SP, 16, UNWIND_FP_KEPT };
	const uint64_t address = 0x770000000000;
	uint32_t first, i;

	(void)state;
	first = unwind_rules_generation();
	unwind_rules_store(address, first, &rule);
	assert_true(unwind_rules_find(address) != 0);
	for (i = 0; i < 1u << 24; i++)
		unwind_rules_forget();
	assert_int_equal(unwind_rules_generation(), first);
	assert_true(unwind_rules_find(address) == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_frames),
		cmocka_unit_test(rules_of_every_shape),
		cmocka_unit_test(old_rules_never_come_back),
		cmocka_unit_test(signals_in_the_midst),
		cmocka_unit_test(forks_in_the_midst),
		cmocka_unit_test(stack_that_is_used_up),
		cmocka_unit_test(stacks_below_that_of_the_thread),
		/* From here on the table is full. */
		cmocka_unit_test(overwritten_stacks_do_not_fault),
		cmocka_unit_test(any_expression_does_not_fault),
		cmocka_unit_test(full_table_is_never_wrong),
	};

	real_calls_resolve();
	loaded_object_start();
	if (!unwind_stack_start())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
