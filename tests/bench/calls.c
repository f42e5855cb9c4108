/* SPDX-License-Identifier: MIT */
#include "calls.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct calls bare, recorded;

static const struct {
	const char *name;
	size_t place;
} names[] = {
	{ "socket", offsetof(struct calls, socket) },
	{ "connect", offsetof(struct calls, connect) },
	{ "listen", offsetof(struct calls, listen) },
	{ "accept4", offsetof(struct calls, accept4) },
	{ "recv", offsetof(struct calls, recv) },
	{ "send", offsetof(struct calls, send) },
	{ "read", offsetof(struct calls, read) },
	{ "write", offsetof(struct calls, write) },
	{ "epoll_ctl", offsetof(struct calls, epoll_ctl) },
	{ "close", offsetof(struct calls, close) },
};

void must(int ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "bench: %s failed: %s\n", what, strerror(errno));
	_exit(1);
}

static int is_in(void *function, const char *library)
{
	Dl_info place;

	return dladdr(function, &place) && strstr(place.dli_fname, library);
}

void calls_resolve(void)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		void *of_libc = libc ? dlsym(libc, names[i].name) : NULL;
		void *linked = dlsym(RTLD_DEFAULT, names[i].name);

		if (!of_libc || !is_in(of_libc, "/libc.so") || !linked ||
		    !is_in(linked, "/libfinleak.so")) {
			fprintf(stderr,
				"bench: %s is not libfinleak's in front of libc's: run it "
				"with LD_PRELOAD=libfinleak.so\n",
				names[i].name);
			exit(1);
		}
		*(void **)((char *)&bare + names[i].place) = of_libc;
		*(void **)((char *)&recorded + names[i].place) = linked;
	}
}
