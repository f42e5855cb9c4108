/* SPDX-License-Identifier: MIT */
/*
 * bench-attach-server N [BATCH]: accepts N connections one after the other, reads each to its end
 * and closes it, as fast as a child that brings them can: two batches of BATCH wait in the backlog
 * at most, since one that found it full would try again a second later. Begins when a line comes on
 * standard input.
 * Prints the CPU time that the server took for each connection, and the time that passed, both in
 * us.
 */
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double cpu_us(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1e6 +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

static double now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

/* So many connections are asked for by a byte to who visits: two batches fill the backlog. */
#define BATCH_MAX 64

/* Frames between main() and the calls, as a server has them. */
static __attribute__((noinline)) int serve(int listener, int depth)
{
	char byte;
	int fd, done = 0;

	if (depth > 0) {
		done = serve(listener, depth - 1);
		__asm__ volatile("" : "+r"(done));
		return done;
	}
	fd = accept4(listener, NULL, NULL, 0);
	while (read(fd, &byte, 1) > 0)
		;
	close(fd);
	return fd >= 0;
}

/* Brings COUNT connections to ADDRESS, BATCH for each byte that comes from GO. */
static _Noreturn void visit(const struct sockaddr_in *address, int count, int batch, int go)
{
	int on = 1, asked = 0;
	char byte;

	while (count-- > 0) {
		/* From many addresses: TIME_WAIT would use up the ports of one. */
		struct sockaddr_in from = {
			.sin_family = AF_INET,
			.sin_addr.s_addr =
				htonl(INADDR_LOOPBACK + 256 * (uint32_t)((count + getpid()) % 250))
		};
		int fd;

		if (asked-- == 0) {
			if (read(go, &byte, 1) != 1)
				_exit(1);
			asked = batch - 1;
		}
		fd = socket(AF_INET, SOCK_STREAM, 0);
		setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof(on));
		if (bind(fd, (struct sockaddr *)&from, sizeof(from)) < 0)
			_exit(1);
		if (connect(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
			_exit(1);
		close(fd);
	}
	_exit(0);
}

/* Starts who visits, no descendant of this process: it is not to be recorded. Returns what to
 * write into for a batch. */
static int start_visitor(const struct sockaddr_in *address, int count, int batch)
{
	int go[2];
	pid_t child;

	if (pipe(go) < 0)
		exit(1);
	child = fork();
	if (child == 0) {
		if (fork() != 0)
			_exit(0);
		close(go[1]);
		visit(address, count, batch, go[0]);
	}
	waitpid(child, NULL, 0);
	close(go[0]);
	return go[1];
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
				       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int listener = socket(AF_INET, SOCK_STREAM, 0), count = argc > 1 ? atoi(argv[1]) : 10000;
	int batch = argc > 2 ? atoi(argv[2]) : BATCH_MAX, i;
	socklen_t length = sizeof(address);
	double cpu, began;
	int go;

	if (batch < 1 || batch > BATCH_MAX)
		return 1;
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    listen(listener, 128) < 0 ||
	    getsockname(listener, (struct sockaddr *)&address, &length) < 0)
		return 1;
	go = start_visitor(&address, count, batch);
	if (getchar() == EOF || write(go, "xx", 2) != 2)
		return 1;
	cpu = cpu_us();
	began = now_us();
	for (i = 1; i <= count; i++) {
		if (!serve(listener, 8))
			return 1;
		/* At the end there may be no reader any more. */
		if (i % batch == 0 && i + batch < count && write(go, "x", 1) != 1)
			return 1;
	}
	printf("%.3f %.3f\n", (cpu_us() - cpu) / count, (now_us() - began) / count);
	return 0;
}
