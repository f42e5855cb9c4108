/* SPDX-License-Identifier: MIT */
/*
 * The real calls behind the interposed ones, found once by dlsym(RTLD_NEXT).
 * Types come from the system's headers by __typeof__; they are never typed again.
 */
#ifndef FINLEAK_REAL_CALLS_H
#define FINLEAK_REAL_CALLS_H

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/sendfile.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Exported by libc for fortified and for old programs, in no header. */
extern __typeof__(connect) __connect;
extern __typeof__(read) __read;
extern __typeof__(recv) __recv;
extern __typeof__(write) __write;
extern __typeof__(send) __send;
extern __typeof__(close) __close;
extern __typeof__(dup2) __dup2;
extern __typeof__(fcntl) __fcntl;
extern __typeof__(poll) __poll;
extern __typeof__(select) __select;
extern int __poll_chk(struct pollfd *polled, nfds_t count, int timeout_ms, size_t room);
extern int __ppoll_chk(struct pollfd *polled, nfds_t count, const struct timespec *timeout,
		       const sigset_t *mask, size_t room);
extern ssize_t __read_chk(int fd, void *buffer, size_t length, size_t room);
extern ssize_t __recv_chk(int fd, void *buffer, size_t length, size_t room, int flags);
extern ssize_t __recvfrom_chk(int fd, void *buffer, size_t length, size_t room, int flags,
			      struct sockaddr *from, socklen_t *from_length);
extern char *__fgets_chk(char *line, size_t room, int length, FILE *stream);
extern __typeof__(__fgets_chk) __fgets_unlocked_chk;
extern size_t __fread_chk(void *buffer, size_t room, size_t size, size_t count, FILE *stream);
extern __typeof__(__fread_chk) __fread_unlocked_chk;
extern __typeof__(getdelim) __getdelim;
extern __typeof__(getc) _IO_getc;
extern __typeof__(fscanf) __isoc99_fscanf;
extern __typeof__(vfscanf) __isoc99_vfscanf;
extern __typeof__(scanf) __isoc99_scanf;

/* Resolve, then go on to the real call of that name: early_calls.S. */
#define INTERPOSED(name, family, news) extern __typeof__(name) early_##name;
#include "preload/calls/interposed_calls.def"
#undef INTERPOSED

/* Never NULL: until they are found, the calls point to their early_ ones. */
struct real_calls {
#define INTERPOSED(name, family, news) __typeof__(name) *name;
#include "preload/calls/interposed_calls.def"
#undef INTERPOSED
};

/* Hidden: a wrapper calls through it, without the table of offsets between. */
extern struct real_calls real __attribute__((visibility("hidden")));

/*
 * Finds the real calls. Called by the constructor, and by the first wrapper where another
 * library's constructor runs ahead of ours. Any thread; not signal-safe (dlsym).
 */
void real_calls_resolve(void);

/* Marks a wrapper: the only symbols that leave the library. */
#define EXPORTED __attribute__((visibility("default")))

#endif
