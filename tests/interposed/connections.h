/* SPDX-License-Identifier: MIT */
/* Real loopback connections in the states that the tests need. Each function waits for the state.
 */
#ifndef FINLEAK_TESTS_CONNECTIONS_H
#define FINLEAK_TESTS_CONNECTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/socket.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* A loopback address with its length. */
struct address {
	struct sockaddr_storage storage;
	socklen_t length;
};
struct sockaddr *address_of(struct address *address);

/* A socket that listens on a free port of the loopback; -1 where the kernel lacks FAMILY or
 * PROTOCOL. */
int listen_on(int family, int protocol, struct address *address);

/* An address where nobody listens: *HOLDER keeps its port until it is closed. */
struct address refusing_address(int *holder);

/* A connection between two descriptors of this process: OURS connected, THEIRS was accepted. */
struct connection {
	int ours, theirs;
};
struct connection connect_over(int family, int protocol);
/* Over IPv4. */
struct connection connected(void);
/* THEIRS is closed (and -1): OURS has an EOF to read. */
struct connection half_closed(void);
/* THEIRS was closed by a reset: the next call on OURS fails with ECONNRESET. */
struct connection reset_by_peer(void);
/* THEIRS was closed and answered data with a reset: a write on OURS fails with EPIPE. */
struct connection broken(void);
void disconnect(struct connection *connection);

void wait_readable(int fd);
/* Waits for a hang-up or an error. */
void wait_dead(int fd);

void set_nonblocking(int fd);

/*
 * System calls by inline assembly: what no interposed call can see. Return what the kernel gave
 * (a negative errno where it failed).
 */
long unseen_socket(int family, int type, int protocol);
long unseen_accept(int listener);
long unseen_close(int fd);
long unseen_write(int fd, const void *buffer, size_t length);
long unseen_dup2(int fd, int target);

#endif
