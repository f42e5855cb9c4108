// SPDX-License-Identifier: MIT
// Exceptions through and over code that calls interposed functions. Built as a program, and as a
// plugin that a C program loads: there nothing but the plugin brings libstdc++ and libgcc.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <dlfcn.h>
#include <execinfo.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>
#include <unwind.h>

extern "C" int throw_and_catch();

namespace
{

struct Socket {
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	~Socket()
	{
		close(fd);
	}
};

__attribute__((noinline)) int fail(int depth)
{
	Socket held;

	if (depth == 0)
		throw std::runtime_error("at the bottom");
	return fail(depth - 1) + held.fd;
}

const char *library_of(const void *address)
{
	Dl_info found;
	const char *slash;

	if (!dladdr(address, &found))
		return "?";
	slash = std::strrchr(found.dli_fname, '/');
	return slash ? slash + 1 : found.dli_fname;
}

} // namespace

extern "C" int throw_and_catch()
{
	int caught = 0;
	char byte;

	for (int i = 0; i < 100; i++) {
		try {
			fail(20);
		} catch (const std::exception &) {
			// Inside a handler, with errors.
			caught += read(-1, &byte, 1) == -1 && errno == EBADF;
		}
	}
	std::printf("caught %d\n", caught);
	std::printf("_Unwind_RaiseException is of %s\n",
		    library_of(reinterpret_cast<void *>(&_Unwind_RaiseException)));
	std::printf("_Unwind_Resume is of %s\n",
		    library_of(reinterpret_cast<void *>(&_Unwind_Resume)));
	std::printf("_Unwind_Backtrace is of %s\n",
		    library_of(reinterpret_cast<void *>(&_Unwind_Backtrace)));
	std::printf("backtrace is of %s\n", library_of(reinterpret_cast<void *>(&backtrace)));
	return caught == 100 ? 0 : 1;
}

#ifndef PLUGIN
int main()
{
	return throw_and_catch();
}
#endif
