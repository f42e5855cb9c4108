/* SPDX-License-Identifier: MIT */
/* A recording that another process creates: a maker that misbehaves costs neither descriptors nor
 * long waits. */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "preload/ledger/asked_file.h"
#include "tests/unit/unit.h"

struct maker {
	char address[RECORDING_MAKER_MAX];
	int listener, files;
	size_t answer_size; /* bytes; 0: it is silent */
	bool is_another;    /* not the process that its address names */
	pthread_t thread;
};

static void send_answer(const struct maker *maker, int connection)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(2 * sizeof(int))];
	} control = { .header = { .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS } };
	char answer[2] = { 1, 1 };
	struct iovec part = { answer, maker->answer_size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control };
	const int files[2] = { STDERR_FILENO, STDERR_FILENO };
	size_t size = (size_t)maker->files * sizeof(int);

	control.header.cmsg_len = CMSG_LEN(size);
	message.msg_controllen = CMSG_SPACE(size);
	memcpy(CMSG_DATA(&control.header), files, size);
	sendmsg(connection, &message, MSG_NOSIGNAL);
}

/* Answers the one request, then waits until whoever asked hangs up. */
static void *answer(void *argument)
{
	const struct maker *maker = argument;
	int connection = accept4(maker->listener, NULL, NULL, SOCK_CLOEXEC);
	struct recording_request request;

	recv(connection, &request, sizeof(request), 0);
	if (maker->answer_size)
		send_answer(maker, connection);
	while (recv(connection, &request, sizeof(request), 0) > 0)
		continue;
	close(connection);
	return NULL;
}

static void begin(struct maker *maker)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const size_t prefix = sizeof(RECORDING_MAKER_PREFIX) - 1;
	sigset_t all, before;

	snprintf(maker->address, sizeof(maker->address), "%016x.%016x",
		 (unsigned int)(maker->is_another ? getppid() : getpid()), 1u);
	memcpy(address.sun_path + 1, RECORDING_MAKER_PREFIX, prefix);
	memcpy(address.sun_path + 1 + prefix, maker->address, RECORDING_MAKER_DIGITS);
	maker->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(maker->listener, (const struct sockaddr *)&address,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + prefix +
					  RECORDING_MAKER_DIGITS)),
			 0);
	assert_int_equal(listen(maker->listener, 1), 0);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	assert_int_equal(pthread_create(&maker->thread, NULL, answer, maker), 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

static unsigned int count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	unsigned int count = 0;

	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* Asks MAKER. It is gone when this returns. */
static bool ask(struct maker *maker, struct asked_file *file)
{
	bool asked;

	begin(maker);
	asked = asked_file_create(maker->address, "program", 1, file);
	if (asked)
		close(file->maker);
	pthread_join(maker->thread, NULL);
	close(maker->listener);
	return asked;
}

static void a_second_descriptor_is_not_taken(void **state)
{
	struct maker maker = { .files = 2, .answer_size = 1 };
	unsigned int before = count_descriptors();
	struct asked_file file;

	(void)state;
	if (ask(&maker, &file))
		close(file.fd);
	assert_int_equal(count_descriptors(), before);
}

static void a_file_is_taken_from_the_named_process_alone(void **state)
{
	struct maker named = { .files = 1, .answer_size = 1 };
	struct maker another = { .files = 1, .answer_size = 1, .is_another = true };
	struct asked_file file;

	(void)state;
	assert_true(ask(&named, &file));
	close(file.fd);
	assert_false(ask(&another, &file));
}

static void a_wrong_answer_leaves_no_descriptor(void **state)
{
	struct maker maker = { .files = 1, .answer_size = 2 };
	unsigned int before = count_descriptors();
	struct asked_file file;

	(void)state;
	assert_false(ask(&maker, &file));
	assert_int_equal(count_descriptors(), before);
}

static void tick(int number)
{
	(void)number;
}

static void signals_make_the_wait_no_longer(void **state)
{
	const struct itimerval often = { { .tv_usec = 200000 }, { .tv_usec = 200000 } },
			       never = { 0 };
	struct sigaction action = { .sa_handler = tick };
	struct timespec before, after;
	struct maker maker = { .answer_size = 0 };
	struct asked_file file;

	(void)state;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	clock_gettime(CLOCK_MONOTONIC, &before);
	assert_false(ask(&maker, &file));
	clock_gettime(CLOCK_MONOTONIC, &after);
	setitimer(ITIMER_REAL, &never, NULL);
	assert_true(after.tv_sec - before.tv_sec < 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_descriptor_is_not_taken),
		cmocka_unit_test(a_file_is_taken_from_the_named_process_alone),
		cmocka_unit_test(a_wrong_answer_leaves_no_descriptor),
		cmocka_unit_test(signals_make_the_wait_no_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
