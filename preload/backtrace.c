/* SPDX-License-Identifier: MIT */
#include "preload/backtrace.h"

#define UNW_LOCAL_ONLY
#include <libunwind.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <sched.h>
#include <sys/syscall.h>
#include "preload/clock.h"
#include "preload/loaded_object.h"
#include "preload/real_calls.h"
#include "preload/recording.h"

#define QUOTE(text)          #text
#define QUOTE_EXPANDED(text) QUOTE(text)

/*
 * libunwind is opened RTLD_LOCAL, not linked: it exports _Unwind_RaiseException and backtrace(),
 * and a program that finds them in the global scope would throw its exceptions through it.
 */
static struct {
	__typeof__(unw_backtrace) *backtrace;
	/* The slow way, for after dlclose: fills a context, then steps a cursor. */
	int (*getcontext)(unw_context_t *context);
	__typeof__(unw_init_local) *init_local;
	__typeof__(unw_step) *step;
	__typeof__(unw_get_reg) *get_reg;
	__typeof__(unw_flush_cache) *flush_cache;
	unw_addr_space_t *local_address_space;
} unwinder;

/*
 * unw_backtrace() remembers for each return address how to step over it, and nothing makes it
 * forget (unw_flush_cache does not reach that memory). Once code has been unloaded, only the
 * cursor is right: slower by two orders of magnitude, but these programs are few.
 */
static bool only_cursor;

/* Our own text: from the ELF header to the end of the code. */
extern const char own_start[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));
extern const char own_end[] __asm__("etext") __attribute__((visibility("hidden")));

static bool is_own(const void *pc)
{
	return (const char *)pc >= own_start && (const char *)pc < own_end;
}

/* No descriptor has these numbers: they are above any RLIMIT_NOFILE (at most 2^30). */
static int pipe_read_end = INT_MAX - 1;
static int pipe_write_end = INT_MAX - 2;

/* TSan in a program sees libunwind's calls first, and ends it where a number exceeds its table. */
#define TSAN_DESCRIPTORS (1 << 20)
extern void __tsan_init(void) __attribute__((weak));

static void fit_pipe_to_tsan(void)
{
	if (!__tsan_init)
		return;
	pipe_read_end = TSAN_DESCRIPTORS - 1;
	pipe_write_end = TSAN_DESCRIPTORS - 2;
}

static unsigned int threads_inside;
static unsigned int pauses; /* forks under way */
static __thread bool unwinding __attribute__((tls_model("initial-exec")));

#define PAUSE_MAX_NS 20000000ull

bool backtrace_start(void)
{
	uint64_t pc[2];
	bool cut;
	void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL);

	if (!library)
		return false;
	unwinder.backtrace = dlsym(library, "unw_backtrace");
	unwinder.init_local = dlsym(library, QUOTE_EXPANDED(unw_init_local));
	unwinder.step = dlsym(library, QUOTE_EXPANDED(unw_step));
	unwinder.get_reg = dlsym(library, QUOTE_EXPANDED(unw_get_reg));
	unwinder.flush_cache = dlsym(library, QUOTE_EXPANDED(unw_flush_cache));
	unwinder.local_address_space = dlsym(library, QUOTE_EXPANDED(unw_local_addr_space));
#if defined(__x86_64__)
	unwinder.getcontext = dlsym(library, "_Ux86_64_getcontext");
#endif
	if (!unwinder.backtrace)
		return false;
	fit_pipe_to_tsan();
	backtrace_take(pc, 2, &cut);
	return true;
}

static size_t walk_cursor(void **frames, size_t max)
{
	unw_context_t context;
	unw_cursor_t cursor;
	unw_word_t pc;
	size_t n = 0;

#if defined(__x86_64__)
	if (!unwinder.getcontext || !unwinder.init_local || !unwinder.step || !unwinder.get_reg)
		return 0;
	unwinder.getcontext(&context);
#else
	unw_tdep_getcontext(&context);
#endif
	if (unwinder.init_local(&cursor, &context) < 0)
		return 0;
	while (n < max && unwinder.get_reg(&cursor, UNW_REG_IP, &pc) == 0 && pc) {
		frames[n++] = (void *)pc;
		if (unwinder.step(&cursor) <= 0)
			break;
	}
	return n;
}

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

/* What a stack takes of the stack: 3.3 KiB at 64 frames (measured), a fifth more for each 64. */
#define ROOM_NEEDED 6144

void backtrace_know_alternate_stack(const void *start, size_t size)
{
	alternate_stack.start = (uintptr_t)start;
	alternate_stack.size = size;
}

static bool has_room(void)
{
	uintptr_t room = (uintptr_t)__builtin_frame_address(0) - alternate_stack.start;

	return room >= alternate_stack.size || room >= ROOM_NEEDED;
}

/* Of libfinleak itself there are at most 8 frames in front: note, wrapper, clones of them. */
#define OWN_FRAMES 8

size_t backtrace_take(uint64_t *pc, size_t max, bool *cut)
{
	void *frames[max + OWN_FRAMES];
	size_t found, i, n;

	*cut = false;
	if (!unwinder.backtrace || !has_room())
		return 0;
	enter_unwinder();
	unwinding = true;
	/* libunwind retries its pipe while errno is EINTR, also where it never set it. */
	errno = 0;
	if (__atomic_load_n(&only_cursor, __ATOMIC_RELAXED)) {
		found = walk_cursor(frames, max + OWN_FRAMES);
	} else {
		int taken = unwinder.backtrace(frames, (int)max + OWN_FRAMES);

		found = taken > 0 ? (size_t)taken : 0;
	}
	unwinding = false;
	__atomic_fetch_sub(&threads_inside, 1, __ATOMIC_SEQ_CST);

	for (i = 0, n = 0; n < max && i < found; i++)
		if (!is_own(frames[i]))
			pc[n++] = (uint64_t)(uintptr_t)frames[i];
	*cut = i < found;
	/* The outermost "return address" may be 0 where a thread's stack begins. */
	while (n > 0 && pc[n - 1] == 0)
		n--;
	return n;
}

void backtrace_forget(void)
{
	__atomic_store_n(&only_cursor, true, __ATOMIC_RELAXED);
	if (unwinder.flush_cache && unwinder.local_address_space)
		unwinder.flush_cache(*unwinder.local_address_space, 0, 0);
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

int backtrace_tell_object(int (*tell)(struct dl_phdr_info *object, size_t size, void *argument),
			  void *argument)
{
	uint64_t address = *(const uintptr_t *)argument;
	struct dl_phdr_info object;
	bool found = loaded_object_at(address, &object);

	/* The first stack is our own: each of its addresses lies in some object. */
	if (question_begins_with_address == 0)
		question_begins_with_address = found ? 1 : -1;
	if (question_begins_with_address < 0)
		return real.dl_iterate_phdr(tell, argument);
	return found ? tell(&object, sizeof(object), argument) : 0;
}

bool backtrace_under_way(void)
{
	return unwinding;
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

/*
 * Whether memory can be read is asked of rt_sigprocmask(2) with a request that does not exist: the
 * kernel copies the set in (EFAULT where it can't) before it declines (EINVAL).
 */
long backtrace_write_pipe(const void *address)
{
	const void *set = (const void *)((uintptr_t)address & ~(uintptr_t)7);

	real.syscall(SYS_rt_sigprocmask, -1, set, NULL, 8);
	if (errno == EFAULT)
		return -1;
	errno = 0;
	return 1;
}
