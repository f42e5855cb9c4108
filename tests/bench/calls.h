/* SPDX-License-Identifier: MIT */
/*
 * Two sets of the same calls, so that bare and recorded can take turns inside one process: those of
 * libc itself, and those that the program got by its linkage, which are libfinleak's wrappers when
 * it runs under the preload.
 */
#ifndef BENCH_CALLS_H
#define BENCH_CALLS_H

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

struct calls {
	__typeof__(socket) *socket;
	__typeof__(connect) *connect;
	__typeof__(listen) *listen;
	__typeof__(accept4) *accept4;
	__typeof__(recv) *recv;
	__typeof__(send) *send;
	__typeof__(read) *read;
	__typeof__(write) *write;
	__typeof__(epoll_ctl) *epoll_ctl;
	__typeof__(close) *close;
};

extern struct calls bare;     /* whatever serves the measurement itself uses these */
extern struct calls recorded; /* all in libfinleak.so */

/* Finds both. Ends the program where the recorder is not in front of libc. */
void calls_resolve(void);

/* Ends the program with a message where a system call that cannot fail did. */
void must(int ok, const char *what);

#endif
