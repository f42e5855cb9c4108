/* SPDX-License-Identifier: MIT */
/*
 * A library that is opened with RTLD_DEEPBIND (deep_bound.c). Each of its calls is bound when it is
 * made for the first time.
 */
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define EXPORTED_HERE __attribute__((visibility("default")))

EXPORTED_HERE ssize_t receive_in_library(int fd);
EXPORTED_HERE ssize_t receive_below(int fd);
EXPORTED_HERE ssize_t send_in_library(int fd);
EXPORTED_HERE int close_in_library(int fd);
EXPORTED_HERE int call_later(void);

/* A library that is opened after this one may define it. */
extern int defined_later(void) __attribute__((weak));

/* Runs while the library is opened: its close() is bound by then, past the recorder. */
static __attribute__((constructor)) void begin(void)
{
	close(-1);
}

ssize_t receive_in_library(int fd)
{
	char got;

	return recv(fd, &got, 1, 0);
}

/* To the send() of the library below this one. */
ssize_t send_in_library(int fd)
{
	return send(fd, "x", 1, 0);
}

int close_in_library(int fd)
{
	return close(fd);
}

int call_later(void)
{
	return defined_later();
}

#ifdef LACKING
EXPORTED_HERE int call_missing(void);
int defined_nowhere(void);

int call_missing(void)
{
	return defined_nowhere();
}
#endif
