/* SPDX-License-Identifier: MIT */
#include "preload/unwind/backtrace.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include "preload/platform/checkers.h"
#include "preload/platform/clock.h"
#include "preload/unwind/libunwind.h"
#include "preload/platform/loaded_object.h"
#include "preload/platform/readable.h"
#include "preload/platform/real_calls.h"
#include "preload/platform/thread.h"
#include "preload/unwind/unwind_cursor.h"
#include "preload/unwind/unwind_rules.h"
#include "preload/unwind/unwind_stack.h"

static bool has_own_unwinder; /* unwind_stack: libunwind serves where that does not suffice */
static bool has_libunwind;

/* Our own text: from the ELF header to the end of the code. */
extern const char own_start[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));
extern const char own_end[] __asm__("etext") __attribute__((visibility("hidden")));

static struct unwind_hidden own_text(void)
{
	return (struct unwind_hidden){ (uintptr_t)own_start, (uintptr_t)own_end };
}

/* No descriptor has these numbers: they are above any RLIMIT_NOFILE (at most 2^30). */
static int pipe_read_end = INT_MAX - 1;
static int pipe_write_end = INT_MAX - 2;

/*
 * TSan in a program sees libunwind's calls first, and ends it where a number exceeds its table.
 * Whoever is in front of us, it is: a program that is linked to it statically does not export its
 * name.
 */
#define TSAN_DESCRIPTORS (1 << 20)

static void fit_pipe_to_tsan(void)
{
	const struct unwind_hidden own = own_text();
	/* RTLD_DEFAULT would begin with the recorder, which is linked -Bsymbolic. */
	void *program = real.dlopen(NULL, RTLD_NOW);
	uintptr_t first = program ? (uintptr_t)dlsym(program, "pipe2") : 0;

	if (first - own.start < own.end - own.start)
		return;
	pipe_read_end = TSAN_DESCRIPTORS - 1;
	pipe_write_end = TSAN_DESCRIPTORS - 2;
}

static unsigned int threads_inside;
static unsigned int pauses; /* forks under way */
/* The frame that asked libunwind, or 0. */
static __thread uintptr_t unwinding __attribute__((tls_model("initial-exec")));

#define PAUSE_MAX_NS 20000000ull

/* Waits until no fork is under way, so that the unwinder's locks are free in the child. */
static void enter_unwinder(void)
{
	uint64_t start = 0;

	for (;;) {
		__atomic_fetch_add(&threads_inside, 1, __ATOMIC_SEQ_CST);
		if (__atomic_load_n(&pauses, __ATOMIC_SEQ_CST) == 0)
			return;
		if (!start)
			start = clock_now();
		else if (clock_now() - start > PAUSE_MAX_NS)
			return;
		__atomic_fetch_sub(&threads_inside, 1, __ATOMIC_SEQ_CST);
		sched_yield();
	}
}

static __thread struct {
	uintptr_t start;
	size_t size;
} alternate_stack __attribute__((tls_model("initial-exec")));

/* What a stack takes of the stack: unwind_stack up to 1.7 KiB, where it meets new code. */
#define ROOM_NEEDED           2048
#define ROOM_NEEDED_BY_CURSOR 3072
/* libunwind 3.3 KiB at 64 frames (measured), a fifth more for each 64. */
#define ROOM_NEEDED_BY_LIBUNWIND 6144

void backtrace_know_alternate_stack(const void *start, size_t size)
{
	alternate_stack.start = (uintptr_t)start;
	alternate_stack.size = size;
}

static bool is_on_alternate_stack(uintptr_t place)
{
	return place - alternate_stack.start < alternate_stack.size;
}

/* Stacks grow downwards; a handler on the alternate stack may have interrupted any other one. */
bool backtrace_frame_was_left(uintptr_t frame, uintptr_t now)
{
	bool handles_signal = is_on_alternate_stack(now);

	if (handles_signal != is_on_alternate_stack(frame))
		return !handles_signal;
	return now >= frame;
}

void backtrace_give_up(void)
{
	if (!unwinding)
		return;
	unwinding = 0;
	__atomic_fetch_sub(&threads_inside, 1, __ATOMIC_SEQ_CST);
}

static bool has_room(size_t needed)
{
	uintptr_t room = (uintptr_t)__builtin_frame_address(0) - alternate_stack.start;

	return room >= alternate_stack.size || room >= needed;
}

/* Of libfinleak itself there are at most 8 frames in front: note, wrapper, clones of them. */
#define OWN_FRAMES 8

static __attribute__((noinline)) size_t take_by_libunwind(uint64_t *pc, size_t max, bool *cut)
{
	const struct unwind_hidden own = own_text();
	void *frames[max + OWN_FRAMES];
	size_t found, i, n;

	enter_unwinder();
	unwinding = (uintptr_t)__builtin_frame_address(0);
	/* libunwind retries its pipe while errno is EINTR, also where it never set it. */
	errno = 0;
	found = libunwind_walk(frames, max + OWN_FRAMES);
	unwinding = 0;
	__atomic_fetch_sub(&threads_inside, 1, __ATOMIC_SEQ_CST);

	for (i = 0, n = 0; n < max && i < found; i++)
		if ((uintptr_t)frames[i] < own.start || (uintptr_t)frames[i] >= own.end)
			pc[n++] = (uint64_t)(uintptr_t)frames[i];
	*cut = i < found;
	/* The outermost "return address" may be 0 where a thread's stack begins. */
	while (n > 0 && pc[n - 1] == 0)
		n--;
	return n;
}

/* What unwind_stack does not follow. */
static __attribute__((noinline)) size_t take_by_cursor(uint64_t *pc, size_t max, bool *cut)
{
	const struct unwind_hidden own = own_text();
	enum unwind_end end;
	bool plain;
	size_t n = unwind_cursor_walk(&own, pc, max, &end, &plain);

	*cut = end != UNWIND_WHOLE;
	if (!plain || !has_libunwind || !has_room(ROOM_NEEDED_BY_LIBUNWIND) ||
	    take_by_libunwind(pc, max, cut) >= n)
		return n;
	return unwind_cursor_walk(&own, pc, max, &end, &plain);
}

size_t backtrace_take(const struct unwind_registers *from, uint64_t *pc, size_t max, bool *cut)
{
	const struct unwind_hidden own = own_text();
	enum unwind_end end;
	size_t n;

	*cut = false;
	if (!has_room(ROOM_NEEDED))
		return 0;
	if (!has_own_unwinder)
		return has_libunwind && has_room(ROOM_NEEDED_BY_LIBUNWIND)
			       ? take_by_libunwind(pc, max, cut)
			       : 0;
	n = unwind_stack(from, &own, pc, max, &end);
	*cut = end != UNWIND_WHOLE;
	/* What is there is worth more than nothing. */
	if (end != UNWIND_BEYOND || !has_room(ROOM_NEEDED_BY_CURSOR))
		return n;
	return take_by_cursor(pc, max, cut);
}

bool backtrace_start(void)
{
	uint64_t pc[2];
	bool cut;

	has_own_unwinder = unwind_stack_start();
	/* Under valgrind libunwind's pipe would be reported for what it is: no descriptor. */
	has_libunwind = !(has_own_unwinder && checkers_are_valgrind()) && libunwind_start();
	if (!has_libunwind)
		return has_own_unwinder;
	if (has_own_unwinder)
		libunwind_use_cursor();
	fit_pipe_to_tsan();
	/* It sets itself up at its first stack, which must not happen in the midst of the program.
	 */
	take_by_libunwind(pc, 2, &cut);
	return true;
}

void backtrace_forget(void)
{
	libunwind_use_cursor();
	libunwind_forget();
}

void backtrace_after_dlclose(void)
{
	unwind_rules_forget();
}

void backtrace_pause(void)
{
	uint64_t start = clock_now();

	__atomic_fetch_add(&pauses, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&threads_inside, __ATOMIC_SEQ_CST) > 0 &&
	       clock_now() - start < PAUSE_MAX_NS)
		sched_yield();
}

void backtrace_resume(void)
{
	__atomic_fetch_sub(&pauses, 1, __ATOMIC_SEQ_CST);
}

void backtrace_resume_in_child(void)
{
	/* The other threads are gone, and with them whoever was counted. */
	__atomic_store_n(&threads_inside, 0, __ATOMIC_SEQ_CST);
	__atomic_store_n(&pauses, 0, __ATOMIC_SEQ_CST);
}

/*
 * Whether the argument of libunwind's question begins with the address that it is about: so it is
 * in every version up to 1.8, and the first stack tries it. 0 not tried yet, 1 yes, -1 no.
 */
static int question_begins_with_address;

bool backtrace_knows_question(void)
{
	return loaded_object_is_lock_free() && question_begins_with_address >= 0;
}

int backtrace_show_object(int (*visit)(struct dl_phdr_info *object, size_t size, void *argument),
			  void *argument)
{
	uint64_t address = *(const uintptr_t *)argument;
	struct dl_phdr_info object;
	bool found = loaded_object_at(address, &object);

	/* The first stack is our own: each of its addresses lies in some object. */
	if (question_begins_with_address == 0)
		question_begins_with_address = found ? 1 : -1;
	if (question_begins_with_address < 0)
		return real.dl_iterate_phdr(visit, argument);
	return found ? visit(&object, sizeof(object), argument) : 0;
}

bool backtrace_under_way(void)
{
	return thread_storage_is_set_up() && unwinding &&
	       !backtrace_frame_was_left(unwinding, (uintptr_t)__builtin_frame_address(0));
}

void backtrace_give_pipe(int ends[2])
{
	ends[0] = pipe_read_end;
	ends[1] = pipe_write_end;
}

bool backtrace_is_pipe(int fd)
{
	return fd == pipe_read_end || fd == pipe_write_end;
}

long backtrace_read_pipe(void)
{
	errno = EAGAIN;
	return -1;
}

long backtrace_write_pipe(const void *address)
{
	if (!readable((uintptr_t)address)) {
		errno = EFAULT;
		return -1;
	}
	errno = 0;
	return 1;
}
