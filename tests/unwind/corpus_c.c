/* SPDX-License-Identifier: MIT */
#include "corpus.h"

#include <alloca.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define NOINLINE __attribute__((noinline))
#define KEEP     __asm__ volatile("" : : : "memory")

/* The compiler must not know what it is. */
static volatile int one = 1;

static NOINLINE void with_alloca(corpus_check *look)
{
	char *room = alloca(one * 1000 + 24);

	memset(room, 1, 1000);
	look();
	__asm__ volatile("" : : "r"(room) : "memory");
}

static NOINLINE void with_vla(corpus_check *look)
{
	volatile char room[one * 333];

	room[0] = 1;
	look();
	room[one] = room[0];
}

static NOINLINE void aligned(corpus_check *look)
{
	_Alignas(64) volatile char room[192];

	room[0] = (char)(uintptr_t)room;
	look();
	room[1] = room[0];
}

static NOINLINE void aligned_with_alloca(corpus_check *look)
{
	_Alignas(128) volatile char room[256];
	volatile char *more = alloca(one * 500);

	more[0] = room[0] = (char)(uintptr_t)room;
	look();
	room[1] = more[0];
}

/* Arguments on the stack of a frame that is realigned. */
static NOINLINE int aligned_with_arguments(int a, int b, int c, int d, int e, int f, int g, int h,
					   corpus_check *look)
{
	_Alignas(64) volatile int room[16] = { a, b, c, d, e, f, g, h };

	look();
	return room[one] + g + h;
}

static NOINLINE void call_with_arguments(corpus_check *look)
{
	one = aligned_with_arguments(0, 1, 2, 3, 4, 5, 6, 7, look) > 0;
}

static NOINLINE void large(corpus_check *look)
{
	volatile char room[200000];

	room[one] = 1;
	look();
	room[0] = room[one];
}

/* A pointer to it is taken, so that the call is a jump where the compiler likes to. */
static NOINLINE void tail_called(corpus_check *look)
{
	KEEP;
	look();
	KEEP;
}

static void (*volatile tail_target)(corpus_check *) = tail_called;

static NOINLINE void in_tail(corpus_check *look)
{
	tail_target(look);
}

static NOINLINE void tail_call(corpus_check *look)
{
	KEEP;
	in_tail(look);
	KEEP;
}

/* The call is the last instruction of its function: the return address lies behind it. */
static NOINLINE __attribute__((noreturn)) void leave(corpus_check *look, jmp_buf *back)
{
	look();
	longjmp(*back, 1);
}

static NOINLINE __attribute__((noreturn)) void ends_in_call(corpus_check *look, jmp_buf *back)
{
	leave(look, back);
}

static NOINLINE void noreturn(corpus_check *look)
{
	jmp_buf back;

	if (!setjmp(back))
		ends_in_call(look, &back);
}

static NOINLINE uint64_t many_registers(corpus_check *look, uint64_t x, int depth)
{
	uint64_t a = x * 3, b = x ^ a, c = a + b, d = c * a, e = d - b, f = e ^ c, g = f + d;

	if (depth > 0)
		a += many_registers(look, x + a, depth - 1);
	else
		look();
	return a * b + c * d + e * f + g * x;
}

static NOINLINE void recursive(corpus_check *look)
{
	one = many_registers(look, one, 40) != 12345;
}

static corpus_check *check_of_compare;
static int samples_left;

static int compare(const void *a, const void *b)
{
	if (samples_left-- > 0)
		check_of_compare();
	return *(const int *)a - *(const int *)b;
}

static NOINLINE void called_by_libc(corpus_check *look)
{
	int numbers[] = { 5, 3, 4, 1, 2 };

	check_of_compare = look;
	samples_left = 3;
	qsort(numbers, 5, sizeof(*numbers), compare);
}

static NOINLINE long with_pushed_arguments(long a, long b, long c, long d, long e, long f, long g,
					   long h, long i, corpus_check *look)
{
	look();
	return a + b + c + d + e + f + g + h + i;
}

static NOINLINE void pushes(corpus_check *look)
{
	one = with_pushed_arguments(1, 2, 3, 4, 5, 6, 7, 8, 9, look) == 45;
}

/* Loops and branches with calls in many places, and several ends. */
static NOINLINE int branches(corpus_check *look, int n)
{
	double sum = 0;
	int i;

	for (i = 0; i < n; i++) {
		if (i == 3)
			look();
		if (i > 100)
			return branches(look, n / 2) + (int)sum;
		sum += i / 3.0;
		switch (i % 4) {
		case 0:
			sum = -sum;
			break;
		case 1:
			if (sum > 1000)
				abort();
			break;
		}
	}
	look();
	return (int)sum;
}

static NOINLINE void branching(corpus_check *look)
{
	branches(look, one * 10);
}

const struct corpus_case corpus_cases[] = {
	{ "alloca", with_alloca, 0 },
	{ "variable length array", with_vla, 0 },
	{ "aligned", aligned, 0 },
	{ "aligned with alloca", aligned_with_alloca, 0 },
	{ "aligned with arguments", call_with_arguments, 0 },
	{ "large", large, 0 },
	{ "tail call", tail_call, 0 },
	{ "ends in a call", noreturn, CORPUS_JUMPS },
	{ "recursive", recursive, 0 },
	{ "called by libc", called_by_libc, 0 },
	{ "pushed arguments", pushes, 0 },
	{ "branches", branching, 0 },
	{ 0, 0, 0 },
};
