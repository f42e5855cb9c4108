/* SPDX-License-Identifier: MIT */
/*
 * strange_hosts NAME: what few programs do, and the recorder must not notice to their harm. Each
 * prints what it got; that is to be the same with and without the recorder.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>
#include "loopback.h"

#define NOBODY 65534

static int listener;
static struct sockaddr_in address;

static void make_round(void)
{
	loopback_round(listener, &address);
}

static void *memory(size_t size)
{
	void *map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(map != MAP_FAILED, "mmap");
	return map;
}

static void print_descriptors(void)
{
	int fd;

	printf("descriptors:");
	for (fd = 0; fd < 64; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			printf(" %d", fd);
	printf("\n");
	fflush(stdout);
}

/* Runs WHAT in a child by fork() and prints how it ended. */
static void in_child(int (*what)(void))
{
	int status = -1;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		int result = what();

		fflush(stdout);
		_exit(result);
	}
	must(child > 0 && waitpid(child, &status, 0) == child, "fork");
	printf("child: %#x\n", (unsigned int)status);
}

static int child_makes_round(void)
{
	make_round();
	printf("a round in a child\n");
	return 3;
}

/* --- stacks --- */

#define COROUTINES 20
#define TURNS      5

static ucontext_t main_context, contexts[COROUTINES];
static int rounds_made;

static void run_coroutine(int number)
{
	int turn;

	for (turn = 0; turn < TURNS; turn++) {
		make_round();
		rounds_made++;
		swapcontext(&contexts[number], &main_context);
	}
}

static void make_coroutine(int i)
{
	size_t size = i % 2 ? 16384 : 65536;

	getcontext(&contexts[i]);
	contexts[i].uc_stack.ss_sp = i % 3 ? malloc(size) : memory(size);
	contexts[i].uc_stack.ss_size = size;
	contexts[i].uc_link = &main_context;
	makecontext(&contexts[i], (void (*)(void))(void *)run_coroutine, 1, i);
}

static void coroutines(void)
{
	int i, turn;

	for (i = 0; i < COROUTINES; i++)
		make_coroutine(i);
	/* One turn more: they return. */
	for (turn = 0; turn <= TURNS; turn++)
		for (i = 0; i < COROUTINES; i++)
			swapcontext(&main_context, &contexts[i]);
	printf("%d rounds in coroutines\n", rounds_made);
}

#if defined(__x86_64__)
/* Without unwind information, as coroutine libraries have it in assembler. */
void switch_stack(void **from, void *to);
__asm__(".text\n.type switch_stack, @function\nswitch_stack:\n\t"
	"push %rbp\n\tpush %rbx\n\tpush %r12\n\tpush %r13\n\tpush %r14\n\tpush %r15\n\t"
	"mov %rsp, (%rdi)\n\tmov %rsi, %rsp\n\t"
	"pop %r15\n\tpop %r14\n\tpop %r13\n\tpop %r12\n\tpop %rbx\n\tpop %rbp\n\tret\n"
	".size switch_stack, . - switch_stack\n");

static void *main_stack, *stacks[COROUTINES];
static int current;

static void run_on_own_stack(void)
{
	for (;;) {
		make_round();
		rounds_made++;
		switch_stack(&stacks[current], main_stack);
	}
}

static void switched_stacks(void)
{
	const size_t size = 32768, guard = 4096;
	int i, turn;

	for (i = 0; i < COROUTINES; i++) {
		char *map = memory(guard + size);
		void **top = (void **)(void *)(map + guard + size);

		must(mprotect(map, guard, PROT_NONE) == 0, "mprotect");
		*--top = NULL;
		*--top = (void *)run_on_own_stack;
		/* Registers that hold anything. */
		for (turn = 0; turn < 6; turn++)
			*--top = (void *)0x1234567;
		stacks[i] = top;
	}
	for (turn = 0; turn < TURNS; turn++)
		for (current = 0; current < COROUTINES; current++)
			switch_stack(&main_stack, stacks[current]);
	printf("%d rounds on stacks of our own\n", rounds_made);
}
#endif

static volatile sig_atomic_t handled;

static void opens_in_handler(int number)
{
	int before = errno, fd = socket(AF_INET, SOCK_STREAM, 0);

	(void)number;
	connect(fd, (const struct sockaddr *)&address, sizeof(address));
	close(fd);
	handled++;
	errno = before;
}

/* The kernel's frame has all registers: 0.8 KiB with SSE, 3.5 with AVX-512, 11.7 with AMX. */
static void alternate_stacks(void)
{
	static const size_t beyond_frame[] = { 2560, 3584, 4608, 8704, 12800 };
	const size_t frame = (size_t)sysconf(_SC_MINSIGSTKSZ);
	const struct sigaction action = { .sa_handler = opens_in_handler, .sa_flags = SA_ONSTACK };
	const stack_t none = { .ss_flags = SS_DISABLE };
	size_t i;
	int turn;

	must(sigaction(SIGUSR1, &action, NULL) == 0, "sigaction");
	for (i = 0; i < sizeof(beyond_frame) / sizeof(beyond_frame[0]); i++) {
		const size_t size = (frame + beyond_frame[i] + 15) & ~(size_t)15;
		char *map = memory(4096 + size);
		const stack_t stack = { .ss_sp = map + 4096, .ss_size = size };

		must(mprotect(map, 4096, PROT_NONE) == 0, "mprotect");
		must(sigaltstack(&stack, NULL) == 0, "sigaltstack");
		for (turn = 0; turn < 20; turn++)
			raise(SIGUSR1);
		must(sigaltstack(&none, NULL) == 0, "sigaltstack");
	}
	printf("%d handled\n", (int)handled);
}

static sigjmp_buf before_fault;

static void leaves_handler(int number)
{
	make_round();
	siglongjmp(before_fault, number);
}

static volatile int depth_wanted = 1 << 30;

static __attribute__((noinline)) int overflow(int depth)
{
	volatile char room[1000];

	room[0] = (char)depth;
	return depth < depth_wanted ? overflow(depth + 1) + room[0] : 0;
}

static void faults(void)
{
	static char room[16384];
	const stack_t stack = { .ss_sp = room, .ss_size = sizeof(room) };
	const struct sigaction action = { .sa_handler = leaves_handler, .sa_flags = SA_ONSTACK };
	volatile int turn;

	must(sigaltstack(&stack, NULL) == 0, "sigaltstack");
	must(sigaction(SIGSEGV, &action, NULL) == 0, "sigaction");
	for (turn = 0; turn < 6; turn++) {
		int number = sigsetjmp(before_fault, 1);

		if (number)
			printf("left the handler of %d\n", number);
		else if (turn % 2)
			overflow(0);
		else
			*(volatile int *)8 = 1;
	}
}

/* --- processes --- */

static volatile sig_atomic_t children_well;

static void forks_in_handler(int number)
{
	int before = errno, status = -1;
	pid_t child = fork();

	(void)number;
	if (child == 0) {
		int fd = socket(AF_INET, SOCK_STREAM, 0);

		close(fd);
		_exit(fd >= 0 ? 7 : 8);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	children_well += WIFEXITED(status) && WEXITSTATUS(status) == 7;
	errno = before;
}

static void forks_in_handlers(void)
{
	const struct sigaction action = { .sa_handler = forks_in_handler, .sa_flags = SA_RESTART };
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } };
	const struct itimerval never = { { 0, 0 }, { 0, 0 } };

	must(sigaction(SIGALRM, &action, NULL) == 0, "sigaction");
	setitimer(ITIMER_REAL, &often, NULL);
	while (children_well < 30)
		make_round();
	setitimer(ITIMER_REAL, &never, NULL);
	printf("30 children\n");
}

static void *vforks(void *well)
{
	int turn, status;

	for (turn = 0; turn < 30; turn++) {
		pid_t child = vfork();

		if (child == 0) {
			close(listener);
			execl("/bin/true", "true", NULL);
			_exit(9);
		}
		status = -1;
		waitpid(child, &status, 0);
		*(int *)well += status == 0;
	}
	return NULL;
}

static void vforks_in_threads(void)
{
	pthread_t threads[2];
	int well[2] = { 0, 0 }, i;

	for (i = 0; i < 2; i++)
		must(pthread_create(&threads[i], NULL, vforks, &well[i]) == 0, "pthread_create");
	for (i = 0; i < 200; i++)
		make_round();
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	printf("%d and %d children\n", well[0], well[1]);
	print_descriptors();
}

static void clones(void)
{
	struct clone_args arguments = { .exit_signal = SIGCHLD };
	int i, status;

	for (i = 0; i < 2; i++) {
		long child = i ? syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL)
			       : syscall(SYS_clone3, &arguments, sizeof(arguments));

		if (child == 0) {
			make_round();
			_exit(10 + i);
		}
		must(child > 0 && waitpid((pid_t)child, &status, 0) == child, "clone");
		printf("clone: %#x\n", (unsigned int)status);
	}
	make_round();
}

/* --- limits and confinement --- */

static int child_without_descriptors(void)
{
	int fd;

	close(0);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	printf("the child's socket: %d\n", fd);
	print_descriptors();
	return 2;
}

static void no_descriptors(void)
{
	const struct rlimit few = { 3, 3 }, none = { 0, 0 };
	int fd;

	must(setrlimit(RLIMIT_NOFILE, &few) == 0, "setrlimit");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	printf("socket %d, errno %d\n", fd, errno);
	in_child(child_without_descriptors);
	must(setrlimit(RLIMIT_NOFILE, &none) == 0, "setrlimit");
	in_child(child_without_descriptors);
}

static void listen_again(void)
{
	listener = loopback_listen(&address);
	make_round();
}

static void closes_everything(void)
{
	int fd;

	print_descriptors();
	close_range(3, ~0u, 0);
	print_descriptors();
	listen_again();
	for (fd = 3; fd < 1024; fd++)
		close(fd);
	print_descriptors();
	listen_again();
	closefrom(3);
	print_descriptors();
	listen_again();
	close_range(3, ~0u, CLOSE_RANGE_UNSHARE);
	print_descriptors();
	listen_again();
}

static void another_user(void)
{
	printf("chroot %d, chdir %d\n", chroot("/var/empty") && chroot("/mnt"), chdir("/"));
	printf("setgid %d, setuid %d\n", setgid(NOBODY), setuid(NOBODY));
	make_round();
	in_child(child_makes_round);
	print_descriptors();
}

static int child_prints_pid(void)
{
	printf("pid %d\n", getpid());
	return child_makes_round();
}

static void namespaces(void)
{
	int result = unshare(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC);

	printf("unshare %d\n", result);
	/* The first one is the reaper of all others. */
	in_child(result == 0 ? child_prints_pid : child_makes_round);
	make_round();
}

static void locked_memory(void)
{
	printf("mlockall %d\n", mlockall(MCL_CURRENT | MCL_FUTURE));
	make_round();
	in_child(child_makes_round);
}

/* --- the loader, and bad arguments --- */

static void another_libc(void)
{
	void *libc = dlmopen(LM_ID_NEWLM, "libc.so.6", RTLD_NOW);
	int (*their_socket)(int, int, int);
	int (*their_close)(int);
	int fd;

	must(libc != NULL, "dlmopen");
	their_socket = (int (*)(int, int, int))dlsym(libc, "socket");
	their_close = (int (*)(int))dlsym(libc, "close");
	fd = their_socket(AF_INET, SOCK_STREAM, 0);
	printf("socket %d, close %d\n", fd, their_close(fd));
	make_round();
	printf("dlclose %d\n", dlclose(libc));
	make_round();
}

static void bad_pointers(void)
{
	void *volatile bad = (void *)8; /* the compiler is not to know it */
	socklen_t *bad_length = bad;
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char *end = (char *)memory(8192) + 4096; /* of what can be read */
	char *const cut_off[] = { memcpy(end - 11, "LD_PRELOAD=", 11), NULL };
	char *const cut_off_early[] = { end - 3, NULL };
	struct sockaddr_in peer;

	must(mprotect(end, 4096, PROT_NONE) == 0, "mprotect");
#define PRINT(call)                                                                                \
	do {                                                                                       \
		long result = (call);                                                              \
		printf("%s: %ld, errno %d\n", #call, result, errno);                               \
	} while (0)
	PRINT(connect(fd, bad, 16));
	PRINT(recvmsg(fd, bad, 0));
	PRINT(sendmsg(fd, bad, 0));
	PRINT(getsockopt(fd, SOL_SOCKET, SO_ERROR, bad, bad_length));
	PRINT(readv(fd, bad, 2));
	PRINT(epoll_ctl(fd, EPOLL_CTL_ADD, fd, bad));
	PRINT(execve("/nonexistent", bad, bad));
	PRINT(execve("/bin/true", cut_off, cut_off));
	PRINT(execve("/bin/true", cut_off_early, cut_off_early));
	must(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	PRINT(accept(listener, (struct sockaddr *)&peer, bad_length));
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	must(connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0, "connect");
	PRINT(accept4(listener, (struct sockaddr *)&peer, (socklen_t *)(void *)(end - 2), 0));
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	PRINT(sigaltstack(bad, NULL));
	PRINT(close_range(7, 3, 0));
	PRINT(syscall(SYS_recvmsg, fd, bad, 0));
#undef PRINT
	make_round();
}

static const struct {
	const char *name;
	void (*run)(void);
} hosts[] = {
	{ "coroutines", coroutines },
#if defined(__x86_64__)
	{ "switched_stacks", switched_stacks },
#endif
	{ "alternate_stacks", alternate_stacks },
	{ "faults", faults },
	{ "forks_in_handlers", forks_in_handlers },
	{ "vforks_in_threads", vforks_in_threads },
	{ "clones", clones },
	{ "no_descriptors", no_descriptors },
	{ "closes_everything", closes_everything },
	{ "another_user", another_user },
	{ "namespaces", namespaces },
	{ "locked_memory", locked_memory },
	{ "another_libc", another_libc },
	{ "bad_pointers", bad_pointers },
};

int main(int argc, char **argv)
{
	size_t i;

	listener = loopback_listen(&address);
	for (i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		if (argc == 1)
			puts(hosts[i].name);
		else if (strcmp(argv[1], hosts[i].name) == 0)
			hosts[i].run();
	}
	return 0;
}
