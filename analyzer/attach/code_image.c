/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/code_image.h"

#include <elf.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "analyzer/attach/entry_index.h"
#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/elf_identity.h"
#include "preload/unwind/unwind_entry.h"
#include "preload/unwind/unwind_program.h"

#define SEGMENTS_MAX 64

/* No program has more unwind information; the segment that it lies in may have other data, too. */
#define TABLES_MAX (512u << 20)

/* Rules that are remembered: a program with more places on its stacks pays again. */
#define RULES_MAX 65536

#if defined(__x86_64__)
#define OWN_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OWN_MACHINE EM_AARCH64
#else
#define OWN_MACHINE EM_NONE
#endif

struct known_rule {
	uint64_t address;
	struct frame_rule rule;
	UT_hash_handle hh;
};

struct code_image {
	unsigned int users;
	struct code_image *next; /* of all */
	uint64_t device, inode;
	struct elf_identity identity;
	uint64_t file_size;
	int64_t mtime_ns;
	Elf64_Phdr loads[SEGMENTS_MAX];
	size_t load_count;
	uint64_t low, high;      /* addresses of all segments, in the file */
	uint8_t *tables;         /* the segment with .eh_frame_hdr; NULL: there is none */
	uint64_t tables_address; /* of its first byte, in the file */
	uint64_t tables_size;
	struct unwind_header header;
	struct entry_index index; /* where there is no .eh_frame_hdr: linked statically */
	int code;                 /* of these: the file; else -1 */
	struct known_rule *rules; /* by address */
};

/* A program and its libraries are read once, however many processes run it. */
static struct code_image *images;

static bool read_at(int fd, void *bytes, size_t size, uint64_t offset)
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

/* The segment of IMAGE that has the byte at ADDRESS (of the file) in the file, or NULL. */
static const Elf64_Phdr *load_at(const struct code_image *image, uint64_t address)
{
	size_t i;

	for (i = 0; i < image->load_count; i++)
		if (address >= image->loads[i].p_vaddr &&
		    address - image->loads[i].p_vaddr < image->loads[i].p_filesz)
			return &image->loads[i];
	return NULL;
}

/* Reads the segment that has the byte at ADDRESS. False: there is none, or it is too large. */
static bool read_segment(struct code_image *image, int fd, uint64_t address)
{
	const Elf64_Phdr *load = load_at(image, address);

	if (!load || load->p_filesz > TABLES_MAX || load->p_filesz > image->file_size)
		return false;
	image->tables = malloc(load->p_filesz + 16);
	if (!image->tables)
		return false;
	if (!read_at(fd, image->tables, load->p_filesz, load->p_offset)) {
		free(image->tables);
		image->tables = NULL;
		return false;
	}
	image->tables_address = load->p_vaddr;
	image->tables_size = load->p_filesz;
	return true;
}

static void read_tables(struct code_image *image, int fd, uint64_t header)
{
	/* Rows of the table are read as numbers of 4 bytes. */
	if (header % 4 || !read_segment(image, fd, header) || image->tables_address % 4)
		return;
	image->header = (struct unwind_header){
		.header = image->tables + (header - image->tables_address),
		.start = image->tables,
		.end = image->tables + image->tables_size,
	};
}

/* Where .eh_frame lies, by the sections. False: it has none. */
static bool find_section(int fd, uint64_t *address, uint64_t *size)
{
	Elf64_Shdr names, section;
	char name[sizeof(".eh_frame")];
	Elf64_Ehdr elf;
	uint64_t i;

	if (!read_at(fd, &elf, sizeof(elf), 0) || elf.e_shentsize != sizeof(section) ||
	    elf.e_shstrndx >= elf.e_shnum ||
	    !read_at(fd, &names, sizeof(names), elf.e_shoff + elf.e_shstrndx * sizeof(names)))
		return false;
	for (i = 0; i < elf.e_shnum; i++) {
		if (!read_at(fd, &section, sizeof(section), elf.e_shoff + i * sizeof(section)))
			return false;
		if (!(section.sh_flags & SHF_ALLOC) ||
		    !read_at(fd, name, sizeof(name), names.sh_offset + section.sh_name) ||
		    memcmp(name, ".eh_frame", sizeof(name)) != 0)
			continue;
		*address = section.sh_addr;
		*size = section.sh_size;
		return true;
	}
	return false;
}

static void index_entries(struct code_image *image, int fd)
{
	uint64_t address, size;

	if (!find_section(fd, &address, &size) || !read_segment(image, fd, address) ||
	    size > image->tables_size - (address - image->tables_address))
		return;
	entry_index_make(&image->index, image->tables + (address - image->tables_address), size,
			 image->tables, image->tables + image->tables_size);
}

static bool read_segments(struct code_image *image, int fd, uint64_t *header)
{
	Elf64_Ehdr elf;
	uint64_t i;

	*header = 0;
	if (!read_at(fd, &elf, sizeof(elf), 0) || elf.e_phentsize != sizeof(Elf64_Phdr))
		return false;
	image->low = UINT64_MAX;
	for (i = 0; i < elf.e_phnum; i++) {
		Elf64_Phdr segment;

		if (!read_at(fd, &segment, sizeof(segment), elf.e_phoff + i * sizeof(segment)))
			return false;
		if (segment.p_type == PT_GNU_EH_FRAME)
			*header = segment.p_vaddr;
		if (segment.p_type != PT_LOAD || image->load_count == SEGMENTS_MAX ||
		    segment.p_memsz > INT64_MAX || segment.p_vaddr > INT64_MAX - segment.p_memsz)
			continue;
		image->loads[image->load_count++] = segment;
		if (segment.p_vaddr < image->low)
			image->low = segment.p_vaddr;
		if (segment.p_vaddr + segment.p_memsz > image->high)
			image->high = segment.p_vaddr + segment.p_memsz;
	}
	return image->load_count > 0;
}

static void free_image(struct code_image *image)
{
	struct known_rule *rule, *next;

	HASH_ITER(hh, image->rules, rule, next) {
		HASH_DEL(image->rules, rule);
		free(rule);
	}
	if (image->code >= 0)
		close(image->code);
	free(image->index.list);
	free(image->tables);
	free(image);
}

static struct code_image *read_image(int fd, const struct stat *file)
{
	struct code_image *image = allocate_zeroed(1, sizeof(*image));
	uint64_t header;

	image->code = -1;
	if (!elf_identity_read(fd, &image->identity) || image->identity.machine != OWN_MACHINE ||
	    image->identity.elf_class != ELFCLASS64 || !read_segments(image, fd, &header)) {
		free_image(image);
		return NULL;
	}
	image->users = 1;
	image->device = file->st_dev;
	image->inode = file->st_ino;
	image->file_size = (uint64_t)file->st_size;
	image->mtime_ns = file->st_mtim.tv_sec * 1000000000ll + file->st_mtim.tv_nsec;
	if (header)
		read_tables(image, fd, header);
	else
		index_entries(image, fd);
	if (image->index.count)
		image->code = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	image->next = images;
	images = image;
	return image;
}

static bool is_of(const struct code_image *image, const struct stat *file)
{
	return image->device == file->st_dev && image->inode == file->st_ino &&
	       image->file_size == (uint64_t)file->st_size &&
	       image->mtime_ns == file->st_mtim.tv_sec * 1000000000ll + file->st_mtim.tv_nsec;
}

struct code_image *code_image_of(int fd)
{
	struct code_image *image;
	struct stat file;

	if (fstat(fd, &file) < 0 || !S_ISREG(file.st_mode))
		return NULL;
	for (image = images; image; image = image->next)
		if (is_of(image, &file))
			return code_image_share(image);
	return read_image(fd, &file);
}

struct code_image *code_image_share(struct code_image *image)
{
	image->users++;
	return image;
}

void code_image_release(struct code_image *image)
{
	struct code_image **place;

	if (--image->users)
		return;
	for (place = &images; *place != image; place = &(*place)->next)
		;
	*place = image->next;
	free_image(image);
}

/* The segment that is mapped from OFFSET of the file on, with all of FLAGS; NULL: there is none. */
static const Elf64_Phdr *load_mapped_from(const struct code_image *image, uint64_t offset,
					  uint32_t flags)
{
	size_t i;

	for (i = 0; i < image->load_count; i++) {
		const Elf64_Phdr *load = &image->loads[i];

		/* Pages are mapped whole. */
		if ((load->p_flags & flags) == flags && offset >= (load->p_offset & ~4095ull) &&
		    offset < load->p_offset + load->p_filesz)
			return load;
	}
	return NULL;
}

bool code_image_place(const struct code_image *image, uint64_t offset, uint64_t address,
		      uint64_t *bias, uint64_t *start, uint64_t *end)
{
	/* lld and mold let data end in the page of the file where code begins: code comes first. */
	const Elf64_Phdr *load = load_mapped_from(image, offset, PF_X);

	if (!load)
		load = load_mapped_from(image, offset, 0);
	if (!load)
		return false;
	*bias = address - (load->p_vaddr - load->p_offset + offset);
	*start = *bias + image->low;
	*end = *bias + image->high;
	return *start < *end;
}

void code_image_describe(const struct code_image *image, struct recorded_module *module)
{
	module->file_size = image->file_size;
	module->file_mtime_ns = image->mtime_ns;
	module->build_id_size = (uint32_t)image->identity.build_id_size;
	memcpy(module->build_id, image->identity.build_id, sizeof(module->build_id));
}

bool code_image_is_data(const struct code_image *image, uint64_t address)
{
	const Elf64_Phdr *load = load_at(image, address);

	return load && !(load->p_flags & PF_X);
}

bool code_image_is_go(const struct code_image *image)
{
	return image->identity.is_go;
}

#if defined(__x86_64__)

static void take_row(struct frame_rule *rule, const struct unwind_entry *entry,
		     const struct unwind_row *row)
{
	if (entry->is_signal) {
		rule->kind = FRAME_SIGNAL;
		return;
	}
	if (row->columns[UNWIND_COLUMN_PC].where == UNWIND_UNDEFINED) {
		rule->kind = FRAME_OUTERMOST;
		return;
	}
	rule->kind = FRAME_BY_ROW;
	rule->row = *row;
}

/* What the tables say of the instruction at ADDRESS of the file. */
static void work_out(const struct code_image *image, uint64_t address, struct frame_rule *rule)
{
	/* Where the code would lie beside the copy of its tables. */
	uint64_t beside = address - image->tables_address + (uintptr_t)image->tables;
	struct unwind_entry entry;
	struct unwind_row row;

	rule->kind = FRAME_NO_RULE;
	if (!image->tables)
		return;
	switch (image->index.count ? entry_index_find(&image->index, beside, &entry)
				   : unwind_entry_find(&image->header, beside, &entry)) {
	case UNWIND_FOUND:
		rule->kind = FRAME_BROKEN;
		if (unwind_program_run(&entry, beside, &row))
			take_row(rule, &entry, &row);
		return;
	case UNWIND_NO_ENTRY:
		return;
	default:
		rule->kind = FRAME_BROKEN;
	}
}

#else

static void work_out(const struct code_image *image, uint64_t address, struct frame_rule *rule)
{
	(void)image;
	(void)address;
	rule->kind = FRAME_NO_RULE;
}

#endif

const struct frame_rule *code_image_rule(struct code_image *image, uint64_t address)
{
	struct known_rule *known;

	HASH_FIND(hh, image->rules, &address, sizeof(address), known);
	if (known)
		return &known->rule;
	if (HASH_COUNT(image->rules) >= RULES_MAX) {
		known = image->rules;
		HASH_DEL(image->rules, known);
	} else {
		known = allocate_zeroed(1, sizeof(*known));
	}
	known->address = address;
	memset(&known->rule, 0, sizeof(known->rule));
	work_out(image, address, &known->rule);
	HASH_ADD(hh, image->rules, address, sizeof(address), known);
	return &known->rule;
}

bool code_image_is_return(struct code_image *image, uint64_t address)
{
	/* call rel32 */
	struct __attribute__((packed)) {
		uint8_t code;
		int32_t distance;
	} call;
	const Elf64_Phdr *load = load_at(image, address - sizeof(call));
	uint64_t target;

	if (image->code < 0 || !load || !(load->p_flags & PF_X) ||
	    !read_at(image->code, &call, sizeof(call),
		     address - sizeof(call) - load->p_vaddr + load->p_offset) ||
	    call.code != 0xe8)
		return false;
	target = address + (uint64_t)(int64_t)call.distance;
	return load_at(image, target) == load &&
	       code_image_rule(image, target)->kind == FRAME_NO_RULE &&
	       code_image_rule(image, address - 1)->kind == FRAME_BY_ROW;
}
