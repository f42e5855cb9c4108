/* SPDX-License-Identifier: MIT */
/*
 * test_corpus MODULE...: runs each case of each module of the corpus and compares the stacks that
 * our unwinder and libunwind's cursor see: where the case looks, and at each instruction that it
 * executes (a trap after each one).
 */
#include "tests/unit/unit.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include "both_ways.h"
#include "corpus.h"
#include "preload/platform/loaded_object.h"
#include "preload/platform/real_calls.h"
#include "preload/unwind/unwind_stack.h"

/* A C++ exception takes some 30,000 instructions: these are enough of them.
 */
#define STEPS_MAX 6000

#define TRAP_FLAG 0x100

static char *const *modules;
static unsigned int steps;

static const struct corpus_case *cases_of(const char *path)
{
	void *module = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	const struct corpus_case *cases = module ? dlsym(module, "corpus_cases") : NULL;

	if (!cases)
		fail_msg("%s: %s", path, dlerror());
	return cases;
}

static const char *name_of(const char *path)
{
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

/*
 * While an exception's landing pad is entered, registers are the one's and code the other's; and
 * at two instructions of a prologue that aligns the stack the frame pointer is not to be had. No
 * call is made there.
 */
static void check(const char *path, const struct corpus_case *one, unsigned int stacks)
{
	struct both_ways seen = both_ways_seen();

	unsigned int wrong_at_most = one->quirks & CORPUS_JUMPS ? 24 : 0;

	if (seen.broken > 2 + seen.stacks / 100)
		fail_msg("%s, %s: %u of %u stacks were given up", name_of(path), one->name,
			 seen.broken, seen.stacks);
	if (seen.wrong > wrong_at_most || seen.stacks < stacks || seen.frames < stacks)
		fail_msg("%s, %s: of %u stacks (%u frames) %u differ, %u were given up",
			 name_of(path), one->name, seen.stacks, seen.frames, seen.wrong,
			 seen.broken);
}

static void where_it_looks(void **state)
{
	unsigned int stacks = 0, frames = 0, beyond = 0;
	const struct corpus_case *one;
	char *const *path;

	(void)state;
	for (path = modules; *path; path++) {
		for (one = cases_of(*path); one->name; one++) {
			both_ways_begin();
			one->run(both_ways_compare);
			check(*path, one, 1);
			stacks += both_ways_seen().stacks;
			frames += both_ways_seen().frames;
			beyond += both_ways_seen().beyond;
		}
	}
	print_message("%u stacks, %u frames, %u stacks left to the cursor\n", stacks, frames,
		      beyond);
}

static void on_trap(int number, siginfo_t *about, void *context)
{
	(void)number;
	(void)about;
	both_ways_compare();
	if (++steps >= STEPS_MAX)
		((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

/* What a case does where it should check, when each step is checked anyway. */
static void look_away(void)
{
	__asm__ volatile("" : : : "memory");
}

static __attribute__((noinline)) void run_stepwise(const struct corpus_case *one)
{
	steps = 0;
	__asm__ volatile("pushfq; orq %0, (%%rsp); popfq" : : "i"(TRAP_FLAG) : "memory", "cc");
	one->run(look_away);
	__asm__ volatile("pushfq; andq %0, (%%rsp); popfq" : : "i"(~TRAP_FLAG) : "memory", "cc");
}

static void at_each_instruction(void **state)
{
	struct sigaction action = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO }, before;
	unsigned int stacks = 0, frames = 0, beyond = 0;
	const struct corpus_case *one;
	char *const *path;

	(void)state;
	assert_int_equal(sigaction(SIGTRAP, &action, &before), 0);
	for (path = modules; *path; path++) {
		for (one = cases_of(*path); one->name; one++) {
			if (one->quirks & CORPUS_BLOCKS_SIGNALS)
				continue;
			both_ways_begin();
			run_stepwise(one);
			check(*path, one, 5);
			stacks += both_ways_seen().stacks;
			frames += both_ways_seen().frames;
			beyond += both_ways_seen().beyond;
		}
	}
	print_message("%u stacks, %u frames, %u stacks left to the cursor\n", stacks, frames,
		      beyond);
	assert_int_equal(sigaction(SIGTRAP, &before, NULL), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		/* First, for it meets calls that are not bound yet. */
		cmocka_unit_test(at_each_instruction),
		cmocka_unit_test(where_it_looks),
	};

	if (argc < 2) {
		fprintf(stderr, "usage: test_corpus MODULE...\n");
		return 1;
	}
	modules = argv + 1;
	real_calls_resolve();
	loaded_object_start();
	if (!unwind_stack_start())
		return 77;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
