/* SPDX-License-Identifier: MIT */
/*
 * bench-symbolize MODULE < ADDRESSES
 *
 * Names addresses (hexadecimal, of the file) of MODULE as a report names those of calls, and prints
 * them as llvm-symbolizer does: function and FILE:LINE for each frame, innermost first, then an
 * empty line. What is not known is ??.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/symbolize/elf_identity.h"
#include "analyzer/symbolize/symbolize.h"

#define FRAMES_MAX 64

int main(int argc, char **argv)
{
	const struct symbolizer_options options = { .in_process = true };
	struct symbolizer *symbolizer;
	struct elf_identity identity;
	struct code_module module;
	unsigned long address;
	struct stat status;
	int fd = argc == 2 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;

	if (fd < 0 || fstat(fd, &status) < 0 || !elf_identity_read(fd, &identity)) {
		fputs("usage: bench-symbolize MODULE < ADDRESSES\n", stderr);
		return 2;
	}
	close(fd);
	module = (struct code_module){
		.path = argv[1],
		.build_id = identity.build_id,
		.build_id_size = identity.build_id_size,
		.file_size = (uint64_t)status.st_size,
		.file_mtime_ns =
			(int64_t)status.st_mtim.tv_sec * 1000000000 + status.st_mtim.tv_nsec,
	};
	symbolizer = symbolizer_new(&options);
	while (scanf("%lx", &address) == 1) {
		struct frame frames[FRAMES_MAX];
		/* What is named is the call in front of a return address. */
		size_t count = symbolizer_resolve(symbolizer, &module, address + 1, frames,
						  FRAMES_MAX),
		       i;

		for (i = 0; i < count; i++)
			printf("%s\n%s:%u\n", frames[i].function ? frames[i].function : "??",
			       frames[i].file ? frames[i].file : "??", frames[i].line);
		putchar('\n');
	}
	symbolizer_free(symbolizer);
	return 0;
}
