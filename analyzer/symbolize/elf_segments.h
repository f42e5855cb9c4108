/* SPDX-License-Identifier: MIT */
/*
 * Which bytes of an ELF file lie where in memory. The file is hostile input: it is read, never
 * mapped, and every size in it is checked.
 */
#ifndef FINLEAK_ELF_SEGMENTS_H
#define FINLEAK_ELF_SEGMENTS_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS_MAX 64

struct elf_segments {
	Elf64_Phdr loads[ELF_SEGMENTS_MAX];
	size_t load_count;
	uint64_t low, high;     /* addresses of all of them, in the file */
	uint64_t unwind_header; /* of .eh_frame_hdr; 0: there is none */
};

/* Reads those of the open file FD, of 64 bits and this byte order. False: there are none. */
bool elf_segments_read(struct elf_segments *segments, int fd);

/* The one that has the byte at ADDRESS (of the file) in the file, or NULL. */
const Elf64_Phdr *elf_segment_at(const struct elf_segments *segments, uint64_t address);

/* The one that is mapped from OFFSET of the file on, with all of FLAGS; NULL: there is none. */
const Elf64_Phdr *elf_segment_mapped_from(const struct elf_segments *segments, uint64_t offset,
					  uint32_t flags);

/*
 * The file is mapped executable so that its byte OFFSET is at ADDRESS. *bias gets the address in
 * memory less the one in the file; [*start, *end) its segments in memory. False: no segment has
 * that byte.
 */
bool elf_segments_place(const struct elf_segments *segments, uint64_t offset, uint64_t address,
			uint64_t *bias, uint64_t *start, uint64_t *end);

/* Where .eh_frame lies, by the sections of FD. False: it has none. */
bool elf_find_unwind_section(int fd, uint64_t *address, uint64_t *size);

/* Reads SIZE bytes of FD from OFFSET on, no fewer. */
bool elf_read_at(int fd, void *bytes, size_t size, uint64_t offset);

#endif
