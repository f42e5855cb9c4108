/* SPDX-License-Identifier: MIT */
/*
 * no_probe_bytes: libunwind tries by a pipe whether memory can be read, and keeps the pipe's two
 * numbers. This program closes everything from 3 up, gets sockets on these numbers, and then makes
 * libunwind try: stacks through code without unwind information, in new threads. Bytes that wait in
 * the sockets must all be there in the end, and no others.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>
#include "loopback.h"

#define SOCKETS 16 /* on 3 ... 18 */
#define WAITING 100
#define THREADS 40

#if defined(__x86_64__)
/* Calls its argument; no unwind information anywhere. */
static const uint8_t with_frame_pointer[] = {
	0x55,             /* push %rbp */
	0x48, 0x89, 0xe5, /* mov %rsp, %rbp */
	0xff, 0xd7,       /* call *%rdi */
	0x5d, 0xc3,       /* pop %rbp; ret */
};
static const uint8_t with_wild_frame_pointer[] = {
	0x55,                                     /* push %rbp */
	0x48, 0xc7, 0xc5, 0x10, 0x70, 0x00, 0x00, /* mov $0x7010, %rbp */
	0xff, 0xd7,                               /* call *%rdi */
	0x5d, 0xc3,                               /* pop %rbp; ret */
};
static const uint8_t with_mapped_frame_pointer[] = {
	0x55,                                           /* push %rbp */
	0x48, 0x8d, 0xac, 0x24, 0x00, 0xf0, 0xff, 0xff, /* lea -0x1000(%rsp), %rbp */
	0xff, 0xd7,                                     /* call *%rdi */
	0x5d, 0xc3,                                     /* pop %rbp; ret */
};
#endif

typedef void call_through(void (*what)(void));

static call_through *ways[3];

static void prepare_ways(void)
{
	uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(page != MAP_FAILED, "mmap of executable memory");
#if defined(__x86_64__)
	memcpy(page, with_frame_pointer, sizeof(with_frame_pointer));
	memcpy(page + 64, with_wild_frame_pointer, sizeof(with_wild_frame_pointer));
	memcpy(page + 128, with_mapped_frame_pointer, sizeof(with_mapped_frame_pointer));
#endif
	ways[0] = (call_through *)(uintptr_t)page;
	ways[1] = (call_through *)(uintptr_t)(page + 64);
	ways[2] = (call_through *)(uintptr_t)(page + 128);
}

/* Two stacks. */
static void open_and_close(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	must(fd >= 3 + SOCKETS, "socket beyond the numbers that are watched");
	must(close(fd) == 0, "close");
}

/* Two more, for which libunwind is asked. */
static void open_and_close_intricately(void)
{
	open_and_close();
	call_intricately(open_and_close);
}

static void through_all(void)
{
	ways[0](open_and_close_intricately);
	ways[1](open_and_close_intricately);
	ways[2](open_and_close_intricately);
}

static void leave_open(void)
{
	must(socket(AF_INET, SOCK_STREAM, 0) >= 3 + SOCKETS, "socket");
}

static __attribute__((noinline)) void deep(int depth)
{
	char pad[200];

	memset(pad, depth, sizeof(pad));
	if (depth > 0)
		deep(depth - 1);
	else
		through_all();
	__asm__ volatile("" : : "r"(pad) : "memory");
}

static void *thread(void *unused)
{
	(void)unused;
	deep(10);
	ways[0](through_all);
	return NULL;
}

static void fill(int number)
{
	char bytes[WAITING];

	memset(bytes, 'A' + number, sizeof(bytes));
	must(send(number, bytes, sizeof(bytes), 0) == WAITING, "send");
}

static void check(int number, int peer)
{
	char bytes[2 * WAITING];
	ssize_t got = recv(number, bytes, sizeof(bytes), MSG_DONTWAIT), i;

	if (got != WAITING)
		fprintf(stderr, "socket %d holds %zd bytes, %d were sent\n", number, got, WAITING);
	must(got == WAITING, "as many bytes as were sent");
	for (i = 0; i < got; i++)
		must(bytes[i] == 'A' + peer, "bytes as they were sent");
}

int main(void)
{
	pthread_t id;
	int ends[2], number, i;

	must(close_range(3, ~0u, 0) == 0, "close_range");
	for (number = 3; number < 3 + SOCKETS; number += 2) {
		must(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0, "socketpair");
		must(ends[0] == number && ends[1] == number + 1, "the lowest numbers");
		fill(ends[0]);
		fill(ends[1]);
	}
	prepare_ways();
	call_intricately(leave_open);
	thread(NULL);
	for (i = 0; i < THREADS; i++) {
		must(pthread_create(&id, NULL, thread, NULL) == 0, "pthread_create");
		must(pthread_join(id, NULL) == 0, "pthread_join");
	}
	for (number = 3; number < 3 + SOCKETS; number += 2) {
		check(number, number + 1);
		check(number + 1, number);
	}
	return 0;
}
