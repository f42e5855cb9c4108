/* SPDX-License-Identifier: MIT */
/* Connections over 127.0.0.1, made and served by bare calls: the other end of what is measured. */
#ifndef BENCH_LOOPBACK_H
#define BENCH_LOOPBACK_H

#include <netinet/in.h>
#include <stdint.h>
#include "calls.h"

/* A nonblocking listener on a port that the kernel chose, opened by LISTENING's calls. */
int loopback_listen(struct sockaddr_in *address, const struct calls *listening);

/* Connects a bare client; returns its descriptor. The connection waits in the backlog. */
int loopback_client(const struct sockaddr_in *address);

/* A whole connection: [0] bare, [1] accepted by ACCEPTING's calls, both with TCP_NODELAY. */
void loopback_pair(int ends[2], const struct calls *accepting);

/* ns of CLOCK_MONOTONIC */
uint64_t clock_now(void);

#endif
