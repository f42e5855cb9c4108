/* SPDX-License-Identifier: MIT */
/*
 * reloads PLUGIN...: loads each plugin in turn, leaves a socket with its end read in a call through
 * it, and unloads it. For each a line on stdout: the cookie, and where the plugin lay.
 */
#include <dlfcn.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include "loopback.h"

#define DEPTH 5

static struct sockaddr_in address;
static int listener;
static uint64_t cookie;

static void leave_one(void)
{
	struct connection left = loopback_connect(listener, &address);
	int i;

	loopback_read_eof(&left);
	cookie = cookie_of(left.server);
	/* So that the unwinder has met each of these frames. */
	for (i = 0; i < 3; i++)
		loopback_round(listener, &address);
}

static __attribute__((noinline)) void use(const char *path)
{
	void *plugin = dlopen(path, RTLD_NOW);
	void (*call)(int, void (*)(void));

	must(plugin, path);
	call = (void (*)(int, void (*)(void)))(uintptr_t)dlsym(plugin, "call_through");
	must(call, "dlsym");
	call(DEPTH, leave_one);
	printf("%" PRIu64 " %p\n", cookie, (void *)(uintptr_t)call);
	must(dlclose(plugin) == 0, "dlclose");
}

int main(int argc, char **argv)
{
	int i;

	listener = loopback_listen(&address);
	for (i = 1; i < argc; i++)
		use(argv[i]);
	return 0;
}
