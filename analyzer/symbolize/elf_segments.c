/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/elf_segments.h"

#include <string.h>
#include <unistd.h>

bool elf_read_at(int fd, void *bytes, size_t size, uint64_t offset)
{
	size_t done = 0;

	if (offset > INT64_MAX - size)
		return false;
	while (done < size) {
		ssize_t got = pread(fd, (char *)bytes + done, size - done, (off_t)(offset + done));

		if (got <= 0)
			return false;
		done += (size_t)got;
	}
	return true;
}

bool elf_segments_read(struct elf_segments *segments, int fd)
{
	Elf64_Ehdr elf;
	uint64_t i;

	*segments = (struct elf_segments){ .low = UINT64_MAX };
	if (!elf_read_at(fd, &elf, sizeof(elf), 0) || elf.e_phentsize != sizeof(Elf64_Phdr))
		return false;
	for (i = 0; i < elf.e_phnum; i++) {
		Elf64_Phdr segment;

		if (!elf_read_at(fd, &segment, sizeof(segment), elf.e_phoff + i * sizeof(segment)))
			return false;
		if (segment.p_type == PT_GNU_EH_FRAME)
			segments->unwind_header = segment.p_vaddr;
		if (segment.p_type != PT_LOAD || segments->load_count == ELF_SEGMENTS_MAX ||
		    segment.p_memsz > INT64_MAX || segment.p_vaddr > INT64_MAX - segment.p_memsz)
			continue;
		segments->loads[segments->load_count++] = segment;
		if (segment.p_vaddr < segments->low)
			segments->low = segment.p_vaddr;
		if (segment.p_vaddr + segment.p_memsz > segments->high)
			segments->high = segment.p_vaddr + segment.p_memsz;
	}
	return segments->load_count > 0;
}

const Elf64_Phdr *elf_segment_at(const struct elf_segments *segments, uint64_t address)
{
	size_t i;

	for (i = 0; i < segments->load_count; i++)
		if (address >= segments->loads[i].p_vaddr &&
		    address - segments->loads[i].p_vaddr < segments->loads[i].p_filesz)
			return &segments->loads[i];
	return NULL;
}

const Elf64_Phdr *elf_segment_mapped_from(const struct elf_segments *segments, uint64_t offset,
					  uint32_t flags)
{
	size_t i;

	for (i = 0; i < segments->load_count; i++) {
		const Elf64_Phdr *load = &segments->loads[i];

		/* Pages are mapped whole. */
		if ((load->p_flags & flags) == flags && offset >= (load->p_offset & ~4095ull) &&
		    offset < load->p_offset + load->p_filesz)
			return load;
	}
	return NULL;
}

bool elf_segments_place(const struct elf_segments *segments, uint64_t offset, uint64_t address,
			uint64_t *bias, uint64_t *start, uint64_t *end)
{
	/* lld and mold let data end in the page of the file where code begins: code comes first. */
	const Elf64_Phdr *load = elf_segment_mapped_from(segments, offset, PF_X);

	if (!load)
		load = elf_segment_mapped_from(segments, offset, 0);
	if (!load)
		return false;
	*bias = address - (load->p_vaddr - load->p_offset + offset);
	*start = *bias + segments->low;
	*end = *bias + segments->high;
	return *start < *end;
}

bool elf_find_unwind_section(int fd, uint64_t *address, uint64_t *size)
{
	Elf64_Shdr names, section;
	char name[sizeof(".eh_frame")];
	Elf64_Ehdr elf;
	uint64_t i;

	if (!elf_read_at(fd, &elf, sizeof(elf), 0) || elf.e_shentsize != sizeof(section) ||
	    elf.e_shstrndx >= elf.e_shnum ||
	    !elf_read_at(fd, &names, sizeof(names), elf.e_shoff + elf.e_shstrndx * sizeof(names)))
		return false;
	for (i = 0; i < elf.e_shnum; i++) {
		if (!elf_read_at(fd, &section, sizeof(section), elf.e_shoff + i * sizeof(section)))
			return false;
		if (!(section.sh_flags & SHF_ALLOC) ||
		    !elf_read_at(fd, name, sizeof(name), names.sh_offset + section.sh_name) ||
		    memcmp(name, ".eh_frame", sizeof(name)) != 0)
			continue;
		*address = section.sh_addr;
		*size = section.sh_size;
		return true;
	}
	return false;
}
