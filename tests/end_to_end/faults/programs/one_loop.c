/* SPDX-License-Identifier: MIT */
/*
 * one_loop listeners|clients|unnamed: connections that are forgotten at one place.
 * "listeners": by one loop that serves two listeners. "clients": on the connecting side, where each
 * has a port of its own. "unnamed": called through code that has no names, as a JIT makes it.
 */
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fault.h"

static struct sockaddr_in address;
static int listener;

static __attribute__((noinline)) void read_end(int fd)
{
	char byte;

	must(read(fd, &byte, 1) == 0, "read of EOF");
}

static __attribute__((noinline)) void serve(void)
{
	int client, fd = accept_client(listener, &address, &client);

	close(client);
	read_end(fd);
}

static __attribute__((noinline)) void ask(void)
{
	int client, fd = accept_client(listener, &address, &client);

	close(fd);
	read_end(client);
}

static void serve_two_listeners(void)
{
	int i;

	for (i = 0; i < 2 * FORGOTTEN; i++) {
		if (i % FORGOTTEN == 0)
			listener = loopback_listen(&address);
		serve();
	}
}

#if defined(__x86_64__)
/* push %rbp; mov %rsp,%rbp; movabs $WHAT,%rax; call *%rax; pop %rbp; ret */
static void (*generate(uint8_t *code, void (*what)(void)))(void)
{
	static const uint8_t head[] = { 0x55, 0x48, 0x89, 0xe5, 0x48, 0xb8 };
	static const uint8_t tail[] = { 0xff, 0xd0, 0x5d, 0xc3 };
	uint64_t address_of_what = (uintptr_t)what;

	memcpy(code, head, sizeof(head));
	memcpy(code + sizeof(head), &address_of_what, sizeof(address_of_what));
	memcpy(code + sizeof(head) + sizeof(address_of_what), tail, sizeof(tail));
	return (void (*)(void))(uintptr_t)code;
}

static void serve_through_unnamed_code(void)
{
	uint8_t *code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
			     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i;

	must(code != MAP_FAILED, "mmap");
	listener = loopback_listen(&address);
	for (i = 0; i < FORGOTTEN; i++)
		generate(code + 64 * i, serve)();
}
#else
static void serve_through_unnamed_code(void)
{
	_exit(77);
}
#endif

int main(int argc, char **argv)
{
	int i;

	must(argc == 2, "usage: one_loop listeners|clients|unnamed");
	if (strcmp(argv[1], "unnamed") == 0) {
		serve_through_unnamed_code();
	} else if (strcmp(argv[1], "listeners") == 0) {
		serve_two_listeners();
	} else {
		listener = loopback_listen(&address);
		for (i = 0; i < FORGOTTEN; i++)
			ask();
	}
	pause_ms(HOLD_MS);
	return 0;
}
