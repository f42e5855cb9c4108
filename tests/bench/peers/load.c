/* SPDX-License-Identifier: MIT */
/*
 * bench-peers-load PORT CONNECTIONS: clients of leaky_server, four at a time. Of each twenty one
 * uploads, one asks for what is not there and one subscribes: the server leaks these. Prints the
 * seconds it took, and how many the server has leaked of each.
 */
#include <netinet/in.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define THREADS 4
#define CYCLE   20

struct request {
	const char *text;
	const char *reply_end;
};

static const struct request page = { "GET / HTTP/1.1\r\n\r\n", "hello\n" };

static const struct request leaked[] = {
	{ "POST /upload HTTP/1.1\r\n\r\n", "stored\n" },
	{ "GET /missing HTTP/1.1\r\n\r\n", "no such page\n" },
	{ "GET /events HTTP/1.1\r\n\r\n", "subscribed\n" },
};
#define LEAKS ((int)(sizeof(leaked) / sizeof(leaked[0])))

static struct sockaddr_in server = { .sin_family = AF_INET };
static int connections, next;

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

/* Leaves when it has its reply; PATIENT: ends its own half, and waits until the server closes. */
static void ask(const struct request *request, bool patient)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	char reply[1024] = "";
	size_t length = 0;
	ssize_t n;

	if (fd < 0 || connect(fd, (struct sockaddr *)&server, sizeof(server)) < 0)
		fail("peers-load: connect");
	if (send(fd, request->text, strlen(request->text), MSG_NOSIGNAL) < 0)
		fail("peers-load: send");
	while (!strstr(reply, request->reply_end)) {
		n = recv(fd, reply + length, sizeof(reply) - 1 - length, 0);
		if (n <= 0)
			fail("peers-load: no reply");
		length += n;
	}
	if (patient) {
		shutdown(fd, SHUT_WR);
		while (recv(fd, reply, sizeof(reply), 0) > 0)
			;
	}
	close(fd);
}

static void *work(void *unused)
{
	int turn;

	while ((turn = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED)) < connections)
		ask(turn % CYCLE < LEAKS ? &leaked[turn % CYCLE] : &page, false);
	return unused;
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	struct timespec start, end;
	int i;

	if (argc != 3)
		return 1;
	server.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	server.sin_port = htons((unsigned short)atoi(argv[1]));
	connections = atoi(argv[2]);
	if (connections <= 0 || connections % CYCLE) {
		fprintf(stderr, "peers-load: a multiple of %d connections\n", CYCLE);
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (i = 0; i < THREADS; i++)
		if (pthread_create(&threads[i], NULL, work, NULL) != 0)
			fail("peers-load: pthread_create");
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	/* Whose end the server has seen, so has it all that came before. */
	ask(&page, true);
	clock_gettime(CLOCK_MONOTONIC, &end);
	printf("%.6f %d\n",
	       (double)(end.tv_sec - start.tv_sec) + (double)(end.tv_nsec - start.tv_nsec) / 1e9,
	       connections / CYCLE);
	return 0;
}
