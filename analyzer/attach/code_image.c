/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/code_image.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uthash.h>

#include "analyzer/attach/entry_index.h"
#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/elf_identity.h"
#include "analyzer/symbolize/elf_segments.h"
#include "preload/unwind/unwind_entry.h"
#include "preload/unwind/unwind_program.h"

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
	struct elf_segments segments;
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

/* Reads the segment that has the byte at ADDRESS. False: there is none, or it is too large. */
static bool read_segment(struct code_image *image, int fd, uint64_t address)
{
	const Elf64_Phdr *load = elf_segment_at(&image->segments, address);

	if (!load || load->p_filesz > TABLES_MAX || load->p_filesz > image->file_size)
		return false;
	image->tables = malloc(load->p_filesz + 16);
	if (!image->tables)
		return false;
	if (!elf_read_at(fd, image->tables, load->p_filesz, load->p_offset)) {
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

static void index_entries(struct code_image *image, int fd)
{
	uint64_t address, size;

	if (!elf_find_unwind_section(fd, &address, &size) || !read_segment(image, fd, address) ||
	    size > image->tables_size - (address - image->tables_address))
		return;
	entry_index_make(&image->index, image->tables + (address - image->tables_address), size,
			 image->tables, image->tables + image->tables_size);
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

	image->code = -1;
	if (!elf_identity_read(fd, &image->identity) || image->identity.machine != OWN_MACHINE ||
	    image->identity.elf_class != ELFCLASS64 || !elf_segments_read(&image->segments, fd)) {
		free_image(image);
		return NULL;
	}
	image->users = 1;
	image->device = file->st_dev;
	image->inode = file->st_ino;
	image->file_size = (uint64_t)file->st_size;
	image->mtime_ns = file->st_mtim.tv_sec * 1000000000ll + file->st_mtim.tv_nsec;
	if (image->segments.unwind_header)
		read_tables(image, fd, image->segments.unwind_header);
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

bool code_image_place(const struct code_image *image, uint64_t offset, uint64_t address,
		      uint64_t *bias, uint64_t *start, uint64_t *end)
{
	return elf_segments_place(&image->segments, offset, address, bias, start, end);
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
	const Elf64_Phdr *load = elf_segment_at(&image->segments, address);

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
	const Elf64_Phdr *load = elf_segment_at(&image->segments, address - sizeof(call));
	uint64_t target;

	if (image->code < 0 || !load || !(load->p_flags & PF_X) ||
	    !elf_read_at(image->code, &call, sizeof(call),
			 address - sizeof(call) - load->p_vaddr + load->p_offset) ||
	    call.code != 0xe8)
		return false;
	target = address + (uint64_t)(int64_t)call.distance;
	return elf_segment_at(&image->segments, target) == load &&
	       code_image_rule(image, target)->kind == FRAME_NO_RULE &&
	       code_image_rule(image, address - 1)->kind == FRAME_BY_ROW;
}
