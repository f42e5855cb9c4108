/* SPDX-License-Identifier: MIT */
/*
 * Takes backtraces: the one place that knows how.
 *
 * libunwind believes unwind information, and reads where it leads: a linker's mistake or a damaged
 * file would be the program's end. So on x86_64, with glibc 2.35 or later, each read is checked
 * first, by an unwinder of our own: unwind_stack by short rules, which nearly all frames have and
 * which it remembers for the whole process, and unwind_cursor by all that unwind information can
 * say. libunwind records what the cursor has followed to its end and found plain; the rest the
 * cursor records. Elsewhere, where objects are not found without a lock or registers have other
 * numbers, libunwind records alone, as it believes. Its memory is each thread's own.
 */
#ifndef FINLEAK_BACKTRACE_H
#define FINLEAK_BACKTRACE_H

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/unwind/unwind_stack.h"

/* Loads the unwinder and takes a first stack. False: there will be no stacks. *Start-up only.* */
bool backtrace_start(void);

/*
 * Stores up to MAX return addresses of the calling thread in PC, innermost first, without the
 * frames of libfinleak. FROM: the registers of a function that has not returned yet
 * (unwind_here()). Returns how many; *cut: there were more, or that the stack can't be
 * followed further. Within a visit. Signal-safe, as far as libunwind is where that is needed.
 */
size_t backtrace_take(const struct unwind_registers *from, uint64_t *pc, size_t max, bool *cut);

/*
 * The calling thread's alternate signal stack: SIZE bytes from START (0: none). Where a handler has
 * less room left on it than taking a stack needs, none is taken. Signal-safe.
 */
void backtrace_know_alternate_stack(const void *start, size_t size);

/*
 * Did longjmp() leave the frame at FRAME, in which a signal handler interrupted the recorder? NOW
 * is a place in a frame of the same thread that runs now. Signal-safe.
 */
bool backtrace_frame_was_left(uintptr_t frame, uintptr_t now);

/* Ends the taking of a stack that was left so, if there was one. Within a visit. Signal-safe. */
void backtrace_give_up(void);

/* Code may have been unloaded: our own unwinder works rules out again. Any thread. */
void backtrace_after_dlclose(void);

/* Code that stood in stacks was unloaded: libunwind must not use what it remembers of it. */
void backtrace_forget(void);

/*
 * Around fork(): no other thread is inside the unwinder from ..._pause() to ..._resume(), so that
 * the child does not inherit a lock that nobody there will ever release. Waits at most 20 ms. Any
 * number of threads may fork at once.
 */
void backtrace_pause(void);
void backtrace_resume(void);
/* The child has one thread, which is not inside, and no fork of another's is under way. */
void backtrace_resume_in_child(void);

/*
 * libunwind opens a pipe to try whether memory can be read, and keeps its descriptors: after a
 * close_range() of the program they would be somebody's sockets. It gets two numbers that no
 * descriptor can have, and these calls stand in for the pipe. Signal-safe.
 */
bool backtrace_under_way(void);
void backtrace_give_pipe(int ends[2]);
bool backtrace_is_pipe(int fd);
/* As read(2) and write(2) on that pipe; errno is set. */
long backtrace_read_pipe(void);
long backtrace_write_pipe(const void *address);

/*
 * libunwind looks for unwind tables by dl_iterate_phdr(), under the loader's lock and with locks of
 * its own in hand. It wants one object, that of the address which its argument begins with: it is
 * given that one alone, and no lock is taken. Signal-safe.
 */
bool backtrace_knows_question(void);
int backtrace_show_object(int (*visit)(struct dl_phdr_info *object, size_t size, void *argument),
			  void *argument);

#endif
