/* SPDX-License-Identifier: MIT */
/*
 * changes KIND COUNT: reads the end of COUNT connections and closes none, and changes meanwhile as
 * KIND names. Holds them until its standard input ends.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int listener;

static __attribute__((noinline)) int open_connection(void)
{
	struct sockaddr_in address;
	socklen_t length = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM, 0), accepted;

	if (getsockname(listener, (struct sockaddr *)&address, &length) < 0 ||
	    connect(fd, (struct sockaddr *)&address, length) < 0)
		exit(1);
	accepted = accept(listener, NULL, NULL);
	close(fd);
	return accepted;
}

static __attribute__((noinline)) int read_end(int fd)
{
	char byte;
	int got = (int)read(fd, &byte, 1);

	return got;
}

static __attribute__((noinline)) void leak(int count)
{
	while (count-- > 0)
		if (read_end(open_connection()) != 0)
			exit(1);
}

static void hold(void)
{
	char bytes[64];

	while (read(STDIN_FILENO, bytes, sizeof(bytes)) > 0)
		;
}

/* As a daemon begins: its parents have exited by then. */
static void as_daemon(int count)
{
	if (fork() != 0)
		exit(0);
	setsid();
	if (fork() != 0)
		exit(0);
	leak(count);
	hold();
}

/* Another program takes it over, with the connections, when a line has come. */
static void as_other(int count)
{
	leak(count);
	getchar();
	execlp("sh", "sh", "-c", "cat >/dev/null; exit 0", NULL);
	exit(1);
}

/* ... without the connections. */
static void as_other_alone(int count)
{
	leak(count);
	getchar();
	syscall(SYS_close_range, 3u, ~0u, 4u /* CLOSE_RANGE_CLOEXEC */);
	execlp("sh", "sh", "-c", "cat >/dev/null; exit 0", NULL);
	exit(1);
}

static void *leak_one(void *unused)
{
	(void)unused;
	for (;;)
		leak(1);
	return NULL;
}

/* It ends while a thread reads one end after the other. */
static void as_it_ends(int count)
{
	pthread_t thread;

	leak(count);
	if (pthread_create(&thread, NULL, leak_one, NULL) != 0)
		exit(1);
	hold();
	_exit(0);
}

/* Its first thread ends when a line has come, the process goes on in another. */
static void *go_on(void *first)
{
	pthread_join(*(pthread_t *)first, NULL);
	hold();
	_exit(0);
}

static void without_first_thread(int count)
{
	static pthread_t first;
	pthread_t thread;

	leak(count);
	getchar();
	first = pthread_self();
	if (pthread_create(&thread, NULL, go_on, &first) != 0)
		exit(1);
	pthread_exit(NULL);
}

/*
 * The ends are read by system calls on a stack that ends at an unmapped page, and holds addresses
 * of itself, of code and of nothing, with the frame pointer in circles. Its name is no name.
 */
static void on_hostile_stack(int count)
{
	const size_t size = 65536;
	uint64_t *stack =
		mmap(NULL, size + 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint64_t state = 88172645463325252ull;
	size_t words = size / sizeof(*stack), i;

	if (stack == MAP_FAILED || munmap((char *)stack + size, 4096) != 0)
		exit(1);
	prctl(PR_SET_NAME, "\033]0;x\a\n%s\\\"<");
	while (count-- > 0) {
		long fd = open_connection(), result = SYS_read;
		char byte;

		for (i = 0; i < words; i++) {
			state ^= state << 13;
			state ^= state >> 7;
			state ^= state << 17;
			stack[i] = i % 4 == 0   ? (uintptr_t)&stack[state % words]
				   : i % 4 == 1 ? (uintptr_t)leak + state % 64
				   : i % 4 == 2 ? (uintptr_t)&abort + state % 4096
						: state;
		}
		__asm__ volatile("mov %%rsp, %%r12\n\t"
				 "mov %%rbp, %%r13\n\t"
				 "mov %[top], %%rsp\n\t"
				 "mov %%rsp, %%rbp\n\t"
				 "syscall\n\t"
				 "mov %%r13, %%rbp\n\t"
				 "mov %%r12, %%rsp"
				 : "+a"(result)
				 : [top] "r"(&stack[state % words]), "D"(fd), "S"(&byte), "d"(1ul)
				 : "rcx", "r11", "r12", "r13", "memory");
		if (result != 0)
			exit(1);
	}
	hold();
}

static const struct {
	const char *name;
	void (*change)(int count);
} kinds[] = {
	{ "daemon", as_daemon },
	{ "other", as_other },
	{ "other_alone", as_other_alone },
	{ "ending", as_it_ends },
	{ "threadless", without_first_thread },
	{ "hostile", on_hostile_stack },
};

int main(int argc, char **argv)
{
	size_t i;

	listener = socket(AF_INET, SOCK_STREAM, 0);
	if (argc != 3 || listen(listener, 16) != 0)
		return 2;
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(argv[1], kinds[i].name) == 0)
			kinds[i].change(atoi(argv[2]));
	return 2;
}
