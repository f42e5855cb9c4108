/* SPDX-License-Identifier: MIT */
/* What the recorded programs of these tests have in common: connections to themselves. */
#ifndef FINLEAK_CONTRACTS_LOOPBACK_H
#define FINLEAK_CONTRACTS_LOOPBACK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

/* A listener on 127.0.0.1, port chosen by the kernel and stored in *address. */
int loopback_listen(struct sockaddr_in *address);

struct connection {
	int server; /* what accept() gave */
	int client;
};

/* Connects to LISTENER and accepts that. One thread for each listener. */
struct connection loopback_connect(int listener, const struct sockaddr_in *address);

/* Closes the client; the server's end reads its EOF, and is left open. */
void loopback_read_eof(struct connection *connection);

/*
 * Opens, reads the EOF of and closes both ends of a connection. No TIME_WAIT is left behind: ten
 * million of these run in a row.
 */
void loopback_round(int listener, const struct sockaddr_in *address);

/* The kernel's name of the socket FD. */
uint64_t cookie_of(int fd);

/*
 * Calls WHAT from a frame that short rules do not follow (its place is given by a
 * register that is not the stack's or the frame's): there its cursor has to be asked.
 */
void call_intricately(void (*what)(void));

/* Ends the program with status 1 and a line on stderr unless OK. */
void must(bool ok, const char *what);

#endif
