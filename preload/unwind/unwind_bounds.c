/* SPDX-License-Identifier: MIT */
#include "preload/unwind/unwind_bounds.h"

#include <sys/auxv.h>
#include "preload/platform/loaded_object.h"
#include "preload/platform/readable.h"

/* No thread has less of a stack (PTHREAD_STACK_MIN is 16 KiB): so much needs not be asked. */
#define THREAD_STACK_LEAST 8192

/* What a function may use below the stack pointer, and may have saved a register in. */
#define RED_ZONE 128

/*
 * No frame of another stack is larger: as many pages are asked at most (256 system calls, 30 us)
 * before it counts as overwritten.
 */
#define REACH ((uintptr_t)1 << 20)

/*
 * The own stack grows by no more between two backtraces, buffers of some megabytes included: as
 * many pages are asked (4,096 system calls, 0.5 ms), but each of them once in the life of a thread.
 */
#define OWN_REACH ((uintptr_t)16 << 20)

/* The arguments and the environment, between the first thread's stack and the name of the program.
 */
#define FIRST_STACK_MAX ((uintptr_t)64 << 20)

/*
 * The calling thread's own stack, as far down as it is known to go. Only `low` changes, and only
 * downwards: a handler that interrupts its change may do the same.
 */
static __thread struct {
	uintptr_t low, high; /* 0: nothing is known yet */
	uintptr_t apart;     /* between here and `low` is a hole: below lies another stack */
	uintptr_t sure;      /* from here on up no other stack lies; the first thread: nowhere */
} own __attribute__((tls_model("initial-exec")));

static uintptr_t page_of(uintptr_t address)
{
	return address & ~(READABLE_PAGE - 1);
}

void unwind_bounds_start(void)
{
	uintptr_t sp = (uintptr_t)__builtin_frame_address(0);
	uintptr_t top = getauxval(AT_EXECFN);

	/* One mapping of the kernel's making, from here to the strings at its end. */
	if (top > sp && top - sp < FIRST_STACK_MAX) {
		own.low = page_of(sp);
		own.high = top;
	}
}

/*
 * glibc keeps a thread's own structure at the upper end of its stack, in the same mapping, also
 * where the program has brought the stack.
 */
static uintptr_t thread_pointer(void)
{
#if defined(__x86_64__)
	uintptr_t self;

	__asm__("mov %%fs:0, %0" : "=r"(self));
	return self;
#else
	return (uintptr_t)__builtin_thread_pointer();
#endif
}

/* Can all pages from LOW up to HIGH be read? *hole gets the first one that can't. */
static bool is_whole(uintptr_t low, uintptr_t high, uintptr_t *hole)
{
	uintptr_t page;

	for (page = page_of(low); page < high; page += READABLE_PAGE) {
		if (!readable(page)) {
			*hole = page;
			return false;
		}
	}
	return true;
}

/* Does what lies at PLACE belong to the thread's own stack, below what is known of it? */
static bool connect(uintptr_t place)
{
	uintptr_t hole;

	if (place >= own.low || own.low - place > OWN_REACH || place < own.apart)
		return false;
	if (!is_whole(place, own.low, &hole)) {
		own.apart = hole;
		return false;
	}
	own.low = page_of(place);
	return true;
}

bool unwind_bounds_are_own(uintptr_t place)
{
	return place >= own.low && place < own.high;
}

bool unwind_bounds_of(uintptr_t sp, struct unwind_bounds *bounds)
{
	uintptr_t lowest = sp - RED_ZONE, hole;

	if (sp < REACH || sp > UINTPTR_MAX - REACH)
		return false;
	if (!own.high) {
		/* `high` shows that `low` is known, to a handler that comes in between. */
		own.low = thread_pointer() - THREAD_STACK_LEAST;
		own.sure = own.low;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		own.high = thread_pointer();
	}
	if ((lowest >= own.low && sp < own.high) || connect(lowest)) {
		/* What lies further down may be protected by now: Java does so with its stacks. */
		*bounds = (struct unwind_bounds){ lowest, own.high, true };
		return true;
	}
	if (!readable(sp))
		return false;
	bounds->is_own = false;
	bounds->low = is_whole(lowest, sp, &hole) ? lowest : page_of(sp);
	bounds->high = page_of(sp) + READABLE_PAGE;
	return true;
}

void unwind_bounds_doubt(struct unwind_bounds *bounds, uintptr_t place)
{
	if (!bounds->is_own || place >= own.sure)
		return;
	bounds->is_own = false;
	bounds->high = page_of(place);
}

bool unwind_bounds_extend(struct unwind_bounds *bounds, uintptr_t end)
{
	uintptr_t hole;

	if (bounds->is_own || end < bounds->high || end - bounds->high > REACH ||
	    !is_whole(bounds->high, end, &hole))
		return false;
	bounds->high = page_of(end - 1) + READABLE_PAGE;
	return true;
}

/* The kernel is asked all the same: a program may protect parts of its segments. */
static bool is_loaded(uintptr_t place, unsigned int size)
{
	struct dl_phdr_info object;
	int i;

	if (!loaded_object_at(place, &object))
		return false;
	for (i = 0; i < object.dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &object.dlpi_phdr[i];
		uintptr_t start = object.dlpi_addr + segment->p_vaddr;

		if (segment->p_type == PT_LOAD && segment->p_flags & PF_R && place >= start &&
		    place - start < segment->p_memsz && segment->p_memsz - (place - start) >= size)
			return readable(place) && readable(place + size - 1);
	}
	return false;
}

bool unwind_bounds_read(struct unwind_bounds *bounds, uintptr_t place, unsigned int size,
			uint64_t *value)
{
	uintptr_t word = place & ~(uintptr_t)7;

	*value = 0;
	if (place > UINTPTR_MAX - 16)
		return false;
	if (!(unwind_bounds_hold(bounds, word) &&
	      (place + size <= word + 8 || unwind_bounds_hold(bounds, word + 8))) &&
	    !is_loaded(place, size))
		return false;
	__builtin_memcpy(value, (const void *)place, size);
	return true;
}
