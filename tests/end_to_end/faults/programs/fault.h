/* SPDX-License-Identifier: MIT */
/* What the programs of the faults have in common: connections that are over, and pauses. */
#ifndef FINLEAK_FAULT_H
#define FINLEAK_FAULT_H

#include <netinet/in.h>
#include "tests/contracts/programs/loopback.h" /* loopback_listen(), must() */

/* Longer than --min-held by default, with room for a busy machine. */
#define HOLD_MS 400

/* The sockets that a program forgets. */
#define FORGOTTEN 3

/* Waits for MS milliseconds, whatever signals arrive. */
void pause_ms(int ms);

/* Signals the runner that everything is in place. */
void say_ready(void);

/* Has SIGTERM and SIGINT set a flag; wait_for_signal() waits until one of them has arrived. */
void catch_termination(void);
void wait_for_signal(void);

/* Closes FD in such a way that its peer is reset. */
void reset_peer(int fd);

/* Connects to LISTENER, whose ADDRESS is its own, and accepts that; the other end is *CLIENT. */
int accept_client(int listener, const struct sockaddr_in *address, int *client);

/* A connection to PORT on 127.0.0.1. */
int connect_to(int port);

/*
 * The accepted ends of connections whose peers have gone, each in the state NAME:
 * "eof": EOF was read; "unread": nobody reads it; "reset": a read failed.
 */
struct gone {
	int count;
	int fds[FORGOTTEN];
};
struct gone make_gone(const char *name);

#endif
