/* SPDX-License-Identifier: MIT */
/*
 * jumps_out MILLISECONDS: a timer signal every 100 us whose handler leaves whatever it interrupts
 * by siglongjmp(), mostly the recorder, which opens and closes sockets meanwhile. Then one
 * connection is left open, in the thread that went through this. Prints: how often it jumped, the
 * number of the socket left open, whether the thread can be cancelled, and what pipe2() gives.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
#include "loopback.h"

#define AT_ONCE 50

static sigjmp_buf again;
static volatile sig_atomic_t may_jump;
static volatile unsigned long jumps, opened;

static void on_timer(int number)
{
	(void)number;
	if (!may_jump)
		return;
	may_jump = 0;
	jumps++;
	siglongjmp(again, 1);
}

static void open_and_close(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	opened++;
	close(fd);
}

static void be_left(int milliseconds)
{
	const struct itimerval every = { .it_interval.tv_usec = 100, .it_value.tv_usec = 100 };
	const struct itimerval never = { .it_value.tv_usec = 0 };
	struct timespec now, end;
	volatile int i;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += milliseconds / 1000;
	must(setitimer(ITIMER_REAL, &every, NULL) == 0, "setitimer");
	do {
		if (sigsetjmp(again, 1) == 0) {
			may_jump = 1;
			for (i = 0; i < AT_ONCE; i++) {
				/* Now and then by libunwind, which may be what is left. */
				if (i % 4)
					open_and_close();
				else
					call_intricately(open_and_close);
			}
			may_jump = 0;
		}
		/* What was left between its opening and its closing. */
		closefrom(3);
		clock_gettime(CLOCK_MONOTONIC, &now);
	} while (now.tv_sec < end.tv_sec ||
		 (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
	must(setitimer(ITIMER_REAL, &never, NULL) == 0, "setitimer");
}

static void leak_one(void)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address), state, ends[2];
	struct connection left = loopback_connect(listener, &address);

	loopback_read_eof(&left);
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &state);
	must(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
	printf("%lu %lu %" PRIu64 " %s %s\n", jumps, opened, cookie_of(left.server),
	       state == PTHREAD_CANCEL_ENABLE ? "cancellable" : "not-cancellable",
	       fcntl(ends[0], F_GETFD) == FD_CLOEXEC ? "pipe" : "no-pipe");
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_timer };

	must(argc == 2, "usage: jumps_out MILLISECONDS");
	must(sigaction(SIGALRM, &action, NULL) == 0, "sigaction");
	be_left(atoi(argv[1]));
	/* No deeper than what was left. */
	close(socket(AF_INET, SOCK_STREAM, 0));
	leak_one();
	return 0;
}
