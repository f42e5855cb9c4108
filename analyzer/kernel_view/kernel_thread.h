/* SPDX-License-Identifier: MIT */
/* What a thread of a running process is doing, by /proc/PID/task/TID. */
#ifndef FINLEAK_KERNEL_THREAD_H
#define FINLEAK_KERNEL_THREAD_H

#include <stddef.h>

/* Of three files, as far as the kernel lets us read them: the last two need the right to ptrace. */
struct kernel_thread {
	char name[64];  /* as the program has called it; "" unknown */
	char state;     /* of `stat`: R, S, D, T, t, Z, X, ...; '\0': may not be read */
	char call[160]; /* `syscall`: number and arguments, or "running"; "" may not be read */
	char wchan[64]; /* the kernel function that it sleeps in; "" none, or may not be read */
};

/* Reads thread TID of process PID. A thread that has ended gets state 'X'. */
void kernel_thread_read(struct kernel_thread *thread, int pid, int tid);

/*
 * Continues "thread 812 ...", into TEXT of SIZE bytes: "sleeps in futex (FUTEX_WAIT)", "sleeps in
 * epoll_wait on descriptor 7", "runs", "is stopped", "has ended". Shorter where less may be read;
 * "" where nothing may.
 */
void kernel_thread_phrase(char *text, size_t size, const struct kernel_thread *thread);

/* The descriptor that THREAD sleeps in a call on; -1: it does not, or that is unknown. */
int kernel_thread_descriptor(const struct kernel_thread *thread);

/* The threads of process PID, ascending; *count of them. The caller frees them. */
int *kernel_thread_list(int pid, size_t *count);

/* The thread of process PID, if it has only one; else 0. */
int kernel_thread_only(int pid);

/* Reads thread TID of process PID and puts it into words. */
void kernel_thread_describe(char *text, size_t size, int pid, int tid);

/*
 * The thread of process PID that holds the lock which its thread TID waits for, if that is a mutex
 * of glibc: by the words of the futex; it may be TID itself. 0: it waits for none, or who holds it
 * is unknown. Of another kind of lock the number means nothing.
 */
int kernel_thread_lock_holder(int pid, int tid);

/* How often thread TID of process PID has been taken off a processor so far; 0 unknown. */
unsigned long long kernel_thread_switches(int pid, int tid);

#endif
