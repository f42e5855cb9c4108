/* SPDX-License-Identifier: MIT */
/*
 * Reads the end of a connection, which it keeps, from code that it made at run time, and writes the
 * map for perf as a just-in-time compiler does: an old line about the place first.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#if defined(__x86_64__)
/* push %rbp; mov %rsp, %rbp; call *%rsi; pop %rbp; ret */
static const unsigned char code[] = { 0x55, 0x48, 0x89, 0xe5, 0xff, 0xd6, 0x5d, 0xc3 };
#else
static const unsigned char code[] = { 0 };
#endif

typedef void (*made_up)(int fd, void (*callee)(int fd));

static void read_end(int fd)
{
	char byte;

	if (read(fd, &byte, 1) != 0)
		exit(1);
}

static made_up make_code(void)
{
	void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char path[64];
	made_up made;
	FILE *map;

	if (page == MAP_FAILED)
		exit(1);
	memcpy(page, code, sizeof(code));
	if (mprotect(page, 4096, PROT_READ | PROT_EXEC) < 0)
		exit(1);
	snprintf(path, sizeof(path), "/tmp/perf-%d.map", (int)getpid());
	map = fopen(path, "w");
	if (!map)
		exit(1);
	fprintf(map, "%lx 1000 py::before:/srv/old.py\n", (unsigned long)page);
	fprintf(map, "%lx %zx py::serve:/srv/app.py\n", (unsigned long)page, sizeof(code));
	fclose(map);
	memcpy(&made, &page, sizeof(made));
	return made;
}

int main(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	int listener = socket(AF_INET, SOCK_STREAM, 0), peer, served;
	made_up made = make_code();

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (bind(listener, (void *)&address, sizeof(address)) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (void *)&address, &size) < 0)
		return 1;
	peer = socket(AF_INET, SOCK_STREAM, 0);
	if (connect(peer, (void *)&address, sizeof(address)) < 0)
		return 1;
	served = accept(listener, NULL, NULL);
	close(peer);
	made(served, read_end);
	/* Longer than --min-held. */
	nanosleep(&(struct timespec){ .tv_nsec = 200000000 }, NULL);
	_exit(0);
}
