/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/go_entries.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/symbolize/go_names.h"

/* As long as the longest of the beginnings that are known. */
#define CODE_SIZE 12

/*
 * A function asks first whether the stack has room, by the goroutine in r14: that shows where it
 * begins, and how it is called. In the middle of an instruction a breakpoint would do harm.
 */
static bool asks_for_room(const uint8_t code[CODE_SIZE])
{
	static const uint8_t frame_small[] = { 0x49, 0x3b, 0x66, 0x10 };  /* cmp 0x10(%r14),%rsp */
	static const uint8_t frame_middle[] = { 0x4c, 0x8d, 0x64, 0x24 }; /* lea -8(%rsp),%r12 */
	static const uint8_t frame_large[] = { 0x4c, 0x8d, 0xa4, 0x24 };  /* the same, further */
	static const uint8_t compare[] = { 0x4d, 0x3b, 0x66, 0x10 };      /* cmp 0x10(%r14),%r12 */

	return memcmp(code, frame_small, sizeof(frame_small)) == 0 ||
	       (memcmp(code, frame_middle, sizeof(frame_middle)) == 0 &&
		memcmp(code + 5, compare, sizeof(compare)) == 0) ||
	       (memcmp(code, frame_large, sizeof(frame_large)) == 0 &&
		memcmp(code + 8, compare, sizeof(compare)) == 0);
}

/* Where ADDRESS of ELF, which is code, lies in its file; 0: it does not. */
static uint64_t offset_of(Elf *elf, uint64_t address)
{
	GElf_Phdr segment;
	size_t count, i;

	if (elf_getphdrnum(elf, &count) < 0)
		return 0;
	for (i = 0; i < count; i++)
		if (gelf_getphdr(elf, (int)i, &segment) && segment.p_type == PT_LOAD &&
		    segment.p_flags & PF_X && address >= segment.p_vaddr &&
		    address - segment.p_vaddr < segment.p_filesz)
			return address - segment.p_vaddr + segment.p_offset;
	return 0;
}

static uint64_t entry_of(int fd, Elf *elf, const struct go_names *names, const char *name)
{
	uint64_t address, offset;
	uint8_t code[CODE_SIZE];

	if (!go_names_entry(names, name, &address))
		return 0;
	offset = offset_of(elf, address);
	if (!offset || offset > INT64_MAX ||
	    pread(fd, code, sizeof(code), (off_t)offset) != (ssize_t)sizeof(code))
		return 0;
	return asks_for_room(code) ? offset : 0;
}

void go_entries_find(int fd, const char *const *names, size_t count, uint64_t *offsets)
{
	static const Dwfl_Callbacks callbacks = { .section_address = dwfl_offline_section_address };
	/* Dwfl closes what it is given. */
	int own = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	Dwfl *dwfl = own >= 0 ? dwfl_begin(&callbacks) : NULL;
	Dwfl_Module *module = dwfl ? dwfl_report_offline(dwfl, "", "", own) : NULL;
	struct go_names *known = NULL;
	GElf_Addr bias;
	Elf *elf;
	size_t i;

	memset(offsets, 0, count * sizeof(*offsets));
	if (own >= 0 && !module)
		close(own);
	if (module)
		dwfl_report_end(dwfl, NULL, NULL);
	elf = module ? dwfl_module_getelf(module, &bias) : NULL;
	known = elf ? go_names_new(module) : NULL;
	for (i = 0; known && i < count; i++)
		offsets[i] = entry_of(fd, elf, known, names[i]);
	free(known);
	if (dwfl)
		dwfl_end(dwfl);
}
