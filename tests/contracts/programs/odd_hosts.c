/* SPDX-License-Identifier: MIT */
/*
 * odd_hosts NAME LIBRARY: as strange_hosts, for threads, ends of processes, their environment and
 * their confinement. LIBRARY is the recorder's. Without NAME: the list of names.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include "loopback.h"

#define NOBODY          65534
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static int listener;
static struct sockaddr_in address;
static const char *library;
static char *again[] = { (char *)"/proc/self/exe", NULL, NULL, NULL, NULL };

static void make_round(void)
{
	loopback_round(listener, &address);
}

static struct connection half_closed(void)
{
	struct connection connection = loopback_connect(listener, &address);

	loopback_read_eof(&connection);
	return connection;
}

static void leaks_and_goes_on(void)
{
	half_closed();
	make_round();
	printf("went on\n");
}

/* Runs WHAT in a child and prints how it ended. */
static void in_child(void (*what)(void))
{
	int status;
	pid_t child;

	fflush(stdout);
	child = fork();
	if (child == 0) {
		what();
		fflush(stdout);
		_exit(3);
	}
	waitpid(child, &status, 0);
	printf("status %x\n", (unsigned int)status);
}

static void *make_rounds(void *unused)
{
	struct sockaddr_in own;
	int fd = loopback_listen(&own);

	(void)unused;
	for (;;)
		loopback_round(fd, &own);
	return NULL;
}

static void start_busy_threads(void)
{
	pthread_t thread;
	int i;

	for (i = 0; i < 4; i++)
		must(pthread_create(&thread, NULL, make_rounds, NULL) == 0, "pthread_create");
}

/* --- stacks --- */

static void *make_a_round(void *unused)
{
	struct sockaddr_in own;
	int fd = loopback_listen(&own);

	(void)unused;
	loopback_round(fd, &own);
	close(fd);
	return NULL;
}

static void small_stacks(void)
{
	static pthread_t threads[2000];
	size_t i, count = 0;
	pthread_attr_t small;

	pthread_attr_init(&small);
	must(pthread_attr_setstacksize(&small, 16384) == 0, "pthread_attr_setstacksize");
	for (i = 0; i < COUNT_OF(threads); i++)
		count += pthread_create(&threads[i], &small, make_a_round, NULL) == 0;
	for (i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	printf("%zu threads\n", count);
}

static __attribute__((noinline)) int go_down(int depth)
{
	volatile char room[64] = { (char)depth };

	if (depth == 0)
		leaks_and_goes_on();
	else
		go_down(depth - 1);
	return room[0];
}

static void deep_recursion(void)
{
	go_down(40000);
}

/* --- programs that become others --- */

static void execs_itself(void)
{
	int left = again[3] ? atoi(again[3]) : 100;
	char number[16];

	half_closed();
	if (left == 0) {
		printf("descriptors up to %d\n", half_closed().server);
		return;
	}
	snprintf(number, sizeof(number), "%d", left - 1);
	again[3] = number;
	execv(again[0], again);
}

static void execs_with_nothing(void)
{
	char *const odd[] = { (char *)"=", (char *)"LD_PRELOAD", (char *)"", NULL };
	char *const *const environments[] = { NULL, odd };
	size_t i;
	int status;

	again[1] = (char *)"leaks";
	fflush(stdout);
	for (i = 0; i < COUNT_OF(environments); i++) {
		if (vfork() == 0) {
			execve(again[0], again, environments[i]);
			_exit(9);
		}
		wait(&status);
		printf("status %x\n", (unsigned int)status);
	}
}

static void spoils_its_environment(void)
{
	char **entry;

	for (entry = environ; *entry; entry++)
		memset(*entry, 'x', strlen(*entry));
	in_child(leaks_and_goes_on);
	environ = NULL;
	in_child(leaks_and_goes_on);
	make_round();
}

static void *execs(void *unused)
{
	again[1] = (char *)"leaks";
	poll(NULL, 0, 10);
	execv(again[0], again);
	return unused;
}

static void execs_in_a_thread(void)
{
	pthread_t thread;

	start_busy_threads();
	must(pthread_create(&thread, NULL, execs, NULL) == 0, "pthread_create");
	pthread_join(thread, NULL);
}

/* --- how threads and processes end --- */

static pthread_t first;

static void *outlives_the_first(void *unused)
{
	(void)unused;
	pthread_join(first, NULL);
	leaks_and_goes_on();
	exit(3);
}

static void first_thread_ends(void)
{
	pthread_t thread;

	first = pthread_self();
	must(pthread_create(&thread, NULL, outlives_the_first, NULL) == 0, "pthread_create");
	pthread_exit(NULL);
}

static void exits_beside_threads(void)
{
	start_busy_threads();
	poll(NULL, 0, 10);
	printf("exits\n");
	exit(4);
}

static pthread_key_t key;

static void end_of_thread(void *value)
{
	make_round();
	close((int)(long)value);
	half_closed();
}

static void *has_a_destructor(void *unused)
{
	pthread_setspecific(key, (void *)(long)half_closed().server);
	return unused;
}

static void destructors_of_threads(void)
{
	pthread_t thread;
	int i;

	pthread_key_create(&key, end_of_thread);
	for (i = 0; i < 20; i++) {
		must(pthread_create(&thread, NULL, has_a_destructor, NULL) == 0, "pthread_create");
		pthread_join(thread, NULL);
	}
	printf("descriptors up to %d\n", half_closed().server);
}

static void *is_cancelled_anywhere(void *unused)
{
	char byte;
	int fd;

	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	for (;;) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		recv(fd, &byte, 1, MSG_DONTWAIT);
		close(fd);
	}
	return unused;
}

static void cancels_anywhere(void)
{
	pthread_t thread;
	void *result;
	int i;

	for (i = 0; i < 200; i++) {
		must(pthread_create(&thread, NULL, is_cancelled_anywhere, NULL) == 0,
		     "pthread_create");
		usleep((unsigned int)(i % 50) * 10);
		pthread_cancel(thread);
		pthread_join(thread, &result);
		/* Recorded, glibc before 2.37 may return NULL (docs/LIMITATIONS.md). */
		must(result == PTHREAD_CANCELED || !result, "a cancelled thread");
		close_range(listener + 1, ~0u, 0);
	}
	leaks_and_goes_on();
}

static void *has_descriptors_of_its_own(void *unused)
{
	printf("unshare %d\n", unshare(CLONE_FILES));
	close_range(3, ~0u, 0);
	return make_a_round(unused);
}

static void unshares_descriptors(void)
{
	struct connection connection = half_closed();
	pthread_t thread;
	char byte;

	must(pthread_create(&thread, NULL, has_descriptors_of_its_own, NULL) == 0,
	     "pthread_create");
	pthread_join(thread, NULL);
	printf("read %zd, ", read(connection.server, &byte, 1));
	printf("close %d\n", close(connection.server));
	leaks_and_goes_on();
}

/* --- signals --- */

static void closes_nothing(int number)
{
	int before = errno;

	(void)number;
	poll(NULL, 0, 0);
	close(-1);
	errno = before;
}

static void timer_storm(void)
{
	const struct sigaction action = { .sa_handler = closes_nothing };
	struct itimerval often = { { 0, 50 }, { 0, 50 } }, never = { { 0, 0 }, { 0, 0 } };
	int i, fd, failed = 0;

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < 300; i++) {
		fd = socket(AF_INET, SOCK_STREAM, 0);
		failed += fd < 0 || close(fd) != 0;
	}
	setitimer(ITIMER_REAL, &never, NULL);
	printf("%d failed\n", failed);
}

/* --- confinement --- */

static void changes_user_beside_threads(void)
{
	start_busy_threads();
	poll(NULL, 0, 5);
	printf("setegid %d, seteuid %d\n", setegid(NOBODY), seteuid(NOBODY));
	make_round();
	fflush(stdout);
	_exit(5);
}

static void confines_itself_strictly(void)
{
	int fd = half_closed().server;
	char byte;

	prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	syscall(SYS_exit, 20 + (int)read(fd, &byte, 1));
}

static void confines_itself(void)
{
	static const int allowed[] = { SYS_read,     SYS_write,      SYS_close,
				       SYS_accept,   SYS_socket,     SYS_connect,
				       SYS_shutdown, SYS_setsockopt, SYS_exit_group };
	struct sock_filter steps[2 * COUNT_OF(allowed) + 2] = { BPF_STMT(
		BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)) };
	unsigned short count = 1;
	struct sock_fprog filter = { .filter = steps };
	int fd = half_closed().server;
	char byte;
	size_t i;

	for (i = 0; i < COUNT_OF(allowed); i++) {
		steps[count++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K,
							      (unsigned int)allowed[i], 0, 1);
		steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET, SECCOMP_RET_ALLOW);
	}
	steps[count++] = (struct sock_filter)BPF_STMT(BPF_RET, SECCOMP_RET_KILL_PROCESS);
	filter.len = count;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	must(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0, "seccomp");
	must(read(fd, &byte, 1) == 0, "read");
	must(close(fd) == 0, "close");
	make_round();
	half_closed();
	_exit(6);
}

static void has_no_proc(void)
{
	printf("unshare %d, ", unshare(CLONE_NEWNS));
	printf("mount %d, ", mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	printf("umount %d\n", umount2("/proc", MNT_DETACH));
	in_child(leaks_and_goes_on);
	leaks_and_goes_on();
}

static void limits_files_to_nothing(void)
{
	const struct rlimit none = { 0, 0 };
	int i;

	setrlimit(RLIMIT_FSIZE, &none);
	for (i = 0; i < 300; i++)
		half_closed();
	in_child(leaks_and_goes_on);
}

/* --- the recorder once more --- */

static void loads_the_recorder(void)
{
	void *loaded = dlopen(library, RTLD_NOW | RTLD_LOCAL);

	must(loaded != NULL, "dlopen");
	leaks_and_goes_on();
	must(dlclose(loaded) == 0, "dlclose");
	in_child(leaks_and_goes_on);
}

static void loads_another_recorder(void)
{
	void *loaded = dlmopen(LM_ID_NEWLM, library, RTLD_NOW);

	must(loaded != NULL, "dlmopen");
	leaks_and_goes_on();
	in_child(leaks_and_goes_on);
	must(dlclose(loaded) == 0, "dlclose");
	in_child(leaks_and_goes_on);
}

static const struct {
	const char *name;
	void (*run)(void);
} hosts[] = {
	{ "leaks", leaks_and_goes_on },
	{ "small_stacks", small_stacks },
	{ "deep_recursion", deep_recursion },
	{ "execs_itself", execs_itself },
	{ "execs_with_nothing", execs_with_nothing },
	{ "spoils_its_environment", spoils_its_environment },
	{ "execs_in_a_thread", execs_in_a_thread },
	{ "first_thread_ends", first_thread_ends },
	{ "exits_beside_threads", exits_beside_threads },
	{ "destructors_of_threads", destructors_of_threads },
	{ "cancels_anywhere", cancels_anywhere },
	{ "unshares_descriptors", unshares_descriptors },
	{ "timer_storm", timer_storm },
	{ "changes_user_beside_threads", changes_user_beside_threads },
	{ "confines_itself_strictly", confines_itself_strictly },
	{ "confines_itself", confines_itself },
	{ "has_no_proc", has_no_proc },
	{ "limits_files_to_nothing", limits_files_to_nothing },
	{ "loads_the_recorder", loads_the_recorder },
	{ "loads_another_recorder", loads_another_recorder },
};

int main(int argc, char **argv)
{
	size_t i;

	if (argc < 3) {
		for (i = 0; i < COUNT_OF(hosts); i++)
			puts(hosts[i].name);
		return 0;
	}
	again[1] = argv[1];
	again[2] = argv[2];
	again[3] = argc > 3 ? argv[3] : NULL;
	library = argv[2];
	listener = loopback_listen(&address);
	for (i = 0; i < COUNT_OF(hosts); i++)
		if (strcmp(argv[1], hosts[i].name) == 0)
			hosts[i].run();
	return 0;
}
