/* SPDX-License-Identifier: MIT */
/* Functions that libc exports for fortified and old programs and that stand in no header. */
#ifndef FINLEAK_TESTS_HIDDEN_CALLS_H
#define FINLEAK_TESTS_HIDDEN_CALLS_H

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

extern __typeof__(connect) __connect;
extern __typeof__(read) __read;
extern __typeof__(recv) __recv;
extern __typeof__(write) __write;
extern __typeof__(send) __send;
extern __typeof__(close) __close;
extern __typeof__(dup2) __dup2;
extern __typeof__(fcntl) __fcntl;
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
extern int __uflow(FILE *stream);

/* <stdio.h> gives the plain names to the __isoc99_ ones: here each has its own. */
int plain_fscanf(FILE *stream, const char *format, ...) __asm__("fscanf");
int plain_vfscanf(FILE *stream, const char *format, va_list arguments) __asm__("vfscanf");
int plain_scanf(const char *format, ...) __asm__("scanf");
int c99_fscanf(FILE *stream, const char *format, ...) __asm__("__isoc99_fscanf");
int c99_vfscanf(FILE *stream, const char *format, va_list arguments) __asm__("__isoc99_vfscanf");
int c99_scanf(const char *format, ...) __asm__("__isoc99_scanf");

#endif
