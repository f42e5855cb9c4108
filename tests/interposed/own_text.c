/* SPDX-License-Identifier: MIT */
#include "own_text.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include "expect.h"

static const ElfW(Ehdr) * own_file(void)
{
	static const ElfW(Ehdr) * file;
	struct stat status;
	void *map;
	int fd;

	if (file)
		return file;
	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &status), 0);
	map = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	assert_true(map != MAP_FAILED);
	close(fd);
	file = map;
	return file;
}

static const ElfW(Shdr) * symbol_table(void)
{
	const ElfW(Ehdr) *file = own_file();
	const ElfW(Shdr) *section = (const void *)((const char *)file + file->e_shoff);
	unsigned int i;

	for (i = 0; i < file->e_shnum; i++)
		if (section[i].sh_type == SHT_SYMTAB)
			return &section[i];
	fail_msg("the test program has been stripped of its symbols");
	return NULL;
}

/* The bytes from FUNCTION's start to its end. */
static size_t function_size(const void *function)
{
	extern const char own_start[] __asm__("__ehdr_start") __attribute__((visibility("hidden")));
	const ElfW(Ehdr) *file = own_file();
	const ElfW(Shdr) *table = symbol_table();
	const ElfW(Sym) *symbol = (const void *)((const char *)file + table->sh_offset);
	uintptr_t address = (uintptr_t)function;
	size_t i;

	/* Addresses in the file of a position-dependent program are those in memory. */
	if (file->e_type == ET_DYN)
		address -= (uintptr_t)own_start;
	for (i = 0; i < table->sh_size / sizeof(*symbol); i++)
		if (ELF64_ST_TYPE(symbol[i].st_info) == STT_FUNC && symbol[i].st_value == address)
			return symbol[i].st_size;
	fail_msg("no function of the test program begins at %p", function);
	return 0;
}

bool returns_into(uint64_t pc, const void *function)
{
	uint64_t start = (uintptr_t)function;

	/* A return address may lie right behind a function that ends with a call. */
	return pc > start && pc <= start + function_size(function);
}
