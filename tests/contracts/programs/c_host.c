/* SPDX-License-Identifier: MIT */
/* c_host PLUGIN: a C program that loads a C++ plugin, which throws. */
#include <dlfcn.h>
#include <execinfo.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include "loopback.h"

int main(int argc, char **argv)
{
	static const char *const names[] = { "_Unwind_RaiseException", "_Unwind_Resume", "unw_step",
					     "unw_backtrace", "backtrace" };
	int (*throw_and_catch)(void);
	struct sockaddr_in address;
	Dl_info found;
	void *plugin, *place, *frames[10];
	size_t i;
	int status;

	must(argc == 2, "usage: c_host PLUGIN");
	loopback_round(loopback_listen(&address), &address);
	plugin = dlopen(argv[1], RTLD_NOW | RTLD_GLOBAL);
	must(plugin, "dlopen");
	throw_and_catch = (int (*)(void))(uintptr_t)dlsym(plugin, "throw_and_catch");
	must(throw_and_catch, "dlsym");
	status = throw_and_catch();
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		place = dlsym(RTLD_DEFAULT, names[i]);
		printf("%s: %s\n", names[i],
		       place && dladdr(place, &found) ? strrchr(found.dli_fname, '/') : "none");
	}
	printf("backtrace() has frames: %d\n", backtrace(frames, 10) >= 3);
	return status;
}
