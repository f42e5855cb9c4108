/* SPDX-License-Identifier: MIT */
/*
 * bench-calls, to be run with LD_PRELOAD=libfinleak.so:
 *
 *	turns CASE ROUNDS	bare, bare again and recorded take turns; a line for each round:
 *				ns for each of the three, and ns of the server's part
 *	once CASE SET COUNT	only SET (bare or recorded), for a tool that counts instructions
 *	steps COUNT		each step of COUNT connections by itself, for a tool that lists
 *system calls: an access() of a name that is not there says which one begins
 *	open COUNT		COUNT sockets, open until the end
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cases.h"
#include "loopback.h"

static const struct bench_case *find_case(const char *name)
{
	int i;

	for (i = 0; i < bench_case_count; i++)
		if (strcmp(bench_cases[i].name, name) == 0)
			return &bench_cases[i];
	fprintf(stderr, "bench: there is no case %s\n", name);
	exit(1);
}

static int take_turns(const struct bench_case *one, long rounds)
{
	static const struct calls *const sets[] = { &bare, &bare, &recorded };
	struct took took[3];
	long round;
	int i;

	one->prepare(one);
	for (round = -3; round < rounds; round++) {
		for (i = 0; i < 3; i++) {
			int turn = (int)((round + 3 + i) % 3);

			took[turn] = one->run(one, sets[turn], one->batch);
		}
		if (round < 0)
			continue; /* each has been first once: caches are warm */
		for (i = 0; i < 3; i++)
			printf("%.1f ", (double)took[i].whole_ns / one->batch);
		for (i = 0; i < 3; i++)
			printf("%.1f%s", (double)took[i].server_ns / one->batch,
			       i < 2 ? " " : "\n");
	}
	return 0;
}

static int run_once(const struct bench_case *one, const char *set, long count)
{
	const struct calls *calls = strcmp(set, "recorded") == 0 ? &recorded : &bare;

	one->prepare(one);
	for (; count > 0; count -= one->batch)
		one->run(one, calls, count < one->batch ? (int)count : one->batch);
	return 0;
}

static void begin_step(const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/bench-step/%s", name);
	must(access(path, F_OK) < 0, "marking a step");
}

static void step_through(int *clients, int *servers, int count)
{
	struct sockaddr_in address;
	int listener = loopback_listen(&address, &recorded), i;
	char bytes[64] = "";

	for (i = 0; i < count; i++)
		clients[i] = loopback_client(&address);
	begin_step("accept4");
	for (i = 0; i < count; i++)
		servers[i] = recorded.accept4(listener, NULL, NULL, SOCK_NONBLOCK);
	begin_step("recv: EAGAIN");
	for (i = 0; i < count; i++)
		must(recorded.recv(servers[i], bytes, sizeof(bytes), 0) < 0, "having nothing");
	begin_step("send: 64 bytes");
	for (i = 0; i < count; i++)
		must(recorded.send(servers[i], bytes, sizeof(bytes), 0) == 64, "send");
	begin_step("");
	for (i = 0; i < count; i++) {
		must(bare.recv(clients[i], bytes, sizeof(bytes), 0) == 64, "recv");
		must(bare.send(clients[i], bytes, sizeof(bytes), 0) == 64, "send");
	}
	begin_step("recv: 64 bytes");
	for (i = 0; i < count; i++)
		must(recorded.recv(servers[i], bytes, sizeof(bytes), 0) == 64, "recv");
	begin_step("");
	for (i = 0; i < count; i++)
		bare.close(clients[i]);
	begin_step("recv: first EOF");
	for (i = 0; i < count; i++)
		must(recorded.recv(servers[i], bytes, sizeof(bytes), 0) == 0, "EOF");
	begin_step("close");
	for (i = 0; i < count; i++)
		recorded.close(servers[i]);
	begin_step("socket");
	for (i = 0; i < count; i++)
		clients[i] = recorded.socket(AF_INET, SOCK_STREAM, 0);
	begin_step("connect");
	for (i = 0; i < count; i++)
		must(recorded.connect(clients[i], (struct sockaddr *)&address, sizeof(address)) ==
			     0,
		     "connect");
	begin_step("");
	for (i = 0; i < count; i++)
		recorded.close(clients[i]);
	recorded.close(listener);
}

static int take_steps(int count)
{
	int *clients = calloc(count, sizeof(*clients)), *servers = calloc(count, sizeof(*servers));

	must(clients && servers, "calloc");
	/* The second time every row, page and stack is there. */
	step_through(clients, servers, count);
	begin_step("warm");
	step_through(clients, servers, count);
	free(clients);
	free(servers);
	return 0;
}

int main(int argc, char **argv)
{
	calls_resolve();
	if (argc == 4 && strcmp(argv[1], "turns") == 0)
		return take_turns(find_case(argv[2]), atol(argv[3]));
	if (argc == 5 && strcmp(argv[1], "once") == 0)
		return run_once(find_case(argv[2]), argv[3], atol(argv[4]));
	if (argc == 3 && strcmp(argv[1], "steps") == 0 && atoi(argv[2]) > 0)
		return take_steps(atoi(argv[2]));
	if (argc == 3 && strcmp(argv[1], "open") == 0) {
		hold_open(atoi(argv[2]));
		return 0;
	}
	fprintf(stderr, "usage: bench-calls turns|once|steps|open ... (see calls_main.c)\n");
	return 1;
}
