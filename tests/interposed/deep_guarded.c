/* SPDX-License-Identifier: MIT */
/*
 * A library whose tables the loader fills at once and makes read-only then (deep_bound.c): first
 * the entry of recv(), then those of a thousand functions, which takes it a while.
 */
#include <sys/socket.h>
#include <sys/types.h>

#define EXPORTED_HERE __attribute__((visibility("default")))

EXPORTED_HERE ssize_t receive_in_library(int fd);
EXPORTED_HERE int call_all(void);

ssize_t receive_in_library(int fd)
{
	char got;

	return recv(fd, &got, 1, 0);
}

#define TEN(what, n)                                                                               \
	what(n##0) what(n##1) what(n##2) what(n##3) what(n##4) what(n##5) what(n##6) what(n##7)    \
		what(n##8) what(n##9)
#define HUNDRED(what, n)                                                                           \
	TEN(what, n##0)                                                                            \
	TEN(what, n##1)                                                                            \
	TEN(what, n##2)                                                                            \
	TEN(what, n##3)                                                                            \
	TEN(what, n##4)                                                                            \
	TEN(what, n##5)                                                                            \
	TEN(what, n##6)                                                                            \
	TEN(what, n##7)                                                                            \
	TEN(what, n##8)                                                                            \
	TEN(what, n##9)
#define THOUSAND(what)                                                                             \
	HUNDRED(what, 0)                                                                           \
	HUNDRED(what, 1)                                                                           \
	HUNDRED(what, 2)                                                                           \
	HUNDRED(what, 3)                                                                           \
	HUNDRED(what, 4)                                                                           \
	HUNDRED(what, 5)                                                                           \
	HUNDRED(what, 6)                                                                           \
	HUNDRED(what, 7)                                                                           \
	HUNDRED(what, 8)                                                                           \
	HUNDRED(what, 9)

#define DEFINE(n)                                                                                  \
	EXPORTED_HERE int one_of_many_##n(void);                                                   \
	int one_of_many_##n(void)                                                                  \
	{                                                                                          \
		return 1;                                                                          \
	}
#define CALL(n) +one_of_many_##n()

THOUSAND(DEFINE)

int call_all(void)
{
	return 0 THOUSAND(CALL);
}
