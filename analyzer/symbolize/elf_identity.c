/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/elf_identity.h"

#include <elf.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>

/* More than any real file has; a hostile file must not keep finleak busy. */
#define PROGRAM_HEADERS_MAX 4096u
#define NOTES_SIZE_MAX      (1u << 20)
#define DYNAMIC_SIZE_MAX    (1u << 20)

bool elf_is_sanitizer_runtime(const char *basename)
{
	static const char *const prefixes[] = {
		"libasan.so",
		"libhwasan.so",
		"libclang_rt.asan",
		"libclang_rt.hwasan",
	};

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (strncmp(basename, prefixes[i], strlen(prefixes[i])) == 0)
			return true;
	return false;
}

static void copy_text(Elf *elf, uint64_t offset, uint64_t size, char *text, size_t text_size)
{
	Elf_Data *raw;

	if (size > text_size)
		size = text_size;
	if (size == 0 || offset > INT64_MAX)
		return;
	raw = elf_getdata_rawchunk(elf, (int64_t)offset, size, ELF_T_BYTE);
	if (!raw || !raw->d_buf || raw->d_size < size)
		return;
	memcpy(text, raw->d_buf, size);
	text[size - 1] = '\0'; /* the file's own NUL, or the cut */
}

/* The note of Go's linker has a name of its own. */
#define NT_GO_BUILD_ID 4u

static const char go_name[4] = "Go";

static void read_notes(Elf *elf, const GElf_Phdr *phdr, struct elf_identity *identity)
{
	size_t offset = 0, name, desc;
	Elf_Data *notes;
	GElf_Nhdr note;

	if (phdr->p_filesz > NOTES_SIZE_MAX || phdr->p_offset > INT64_MAX)
		return;
	notes = elf_getdata_rawchunk(elf, (int64_t)phdr->p_offset, phdr->p_filesz,
				     phdr->p_align == 8 ? ELF_T_NHDR8 : ELF_T_NHDR);
	if (!notes)
		return;
	while ((offset = gelf_getnote(notes, offset, &note, &name, &desc)) > 0) {
		const char *bytes = notes->d_buf;

		if (note.n_type == NT_GO_BUILD_ID && note.n_namesz == sizeof(go_name) &&
		    memcmp(bytes + name, go_name, sizeof(go_name)) == 0)
			identity->is_go = true;
		if (identity->build_id_size || note.n_type != NT_GNU_BUILD_ID ||
		    note.n_namesz != sizeof("GNU") ||
		    memcmp(bytes + name, "GNU", sizeof("GNU")) != 0)
			continue;
		/* As the recorder does: a longer one is cut. */
		identity->build_id_size = note.n_descsz < RECORDED_BUILD_ID_MAX
						  ? note.n_descsz
						  : RECORDED_BUILD_ID_MAX;
		memcpy(identity->build_id, bytes + desc, identity->build_id_size);
	}
}

/* Where address VADDR lies in the file; false where no segment covers it. */
static bool file_offset(Elf *elf, size_t headers, uint64_t vaddr, uint64_t *offset, uint64_t *left)
{
	for (size_t i = 0; i < headers; i++) {
		GElf_Phdr phdr;

		if (!gelf_getphdr(elf, (int)i, &phdr) || phdr.p_type != PT_LOAD)
			continue;
		if (vaddr < phdr.p_vaddr || vaddr - phdr.p_vaddr >= phdr.p_filesz)
			continue;
		*offset = phdr.p_offset + (vaddr - phdr.p_vaddr);
		*left = phdr.p_filesz - (vaddr - phdr.p_vaddr);
		return *offset >= phdr.p_offset;
	}
	return false;
}

/* The string at INDEX of the dynamic string table, which begins at OFFSET and has LEFT bytes. */
static void dynamic_text(Elf *elf, uint64_t offset, uint64_t left, uint64_t index, char *text,
			 size_t size)
{
	text[0] = '\0';
	if (index < left && offset + index >= offset)
		copy_text(elf, offset + index, left - index, text, size);
}

static void read_dynamic(Elf *elf, size_t headers, const GElf_Phdr *phdr,
			 struct elf_identity *identity)
{
	uint64_t strings = 0, left = 0;
	Elf_Data *dynamic;
	GElf_Dyn entry;

	if (phdr->p_filesz > DYNAMIC_SIZE_MAX || phdr->p_offset > INT64_MAX)
		return;
	dynamic = elf_getdata_rawchunk(elf, (int64_t)phdr->p_offset, phdr->p_filesz, ELF_T_DYN);
	if (!dynamic)
		return;
	for (int i = 0; gelf_getdyn(dynamic, i, &entry) && entry.d_tag != DT_NULL; i++)
		if (entry.d_tag == DT_STRTAB &&
		    !file_offset(elf, headers, entry.d_un.d_ptr, &strings, &left))
			return;
	for (int i = 0; gelf_getdyn(dynamic, i, &entry) && entry.d_tag != DT_NULL; i++) {
		char name[NAME_MAX + 1];

		if (entry.d_tag == DT_SONAME)
			dynamic_text(elf, strings, left, entry.d_un.d_val, identity->soname,
				     sizeof(identity->soname));
		if (entry.d_tag != DT_NEEDED || identity->sanitizer[0])
			continue;
		dynamic_text(elf, strings, left, entry.d_un.d_val, name, sizeof(name));
		if (elf_is_sanitizer_runtime(name))
			memcpy(identity->sanitizer, name, sizeof(name));
	}
}

bool elf_identity_read(int fd, struct elf_identity *identity)
{
	bool is_elf = false;
	size_t headers;
	GElf_Ehdr ehdr;
	Elf *elf;

	memset(identity, 0, sizeof(*identity));
	elf_version(EV_CURRENT);
	/* Read, not mapped: a file that is truncated meanwhile must not raise SIGBUS. */
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return false;
	if (elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &ehdr))
		goto out;
	is_elf = true;
	identity->elf_class = ehdr.e_ident[EI_CLASS];
	identity->big_endian = ehdr.e_ident[EI_DATA] == ELFDATA2MSB;
	identity->type = ehdr.e_type;
	identity->machine = ehdr.e_machine;
	if (elf_getphdrnum(elf, &headers) < 0)
		goto out;
	if (headers > PROGRAM_HEADERS_MAX)
		headers = PROGRAM_HEADERS_MAX;
	for (size_t i = 0; i < headers; i++) {
		GElf_Phdr phdr;

		if (!gelf_getphdr(elf, (int)i, &phdr))
			break;
		if (phdr.p_type == PT_INTERP) {
			identity->has_interpreter = true;
			copy_text(elf, phdr.p_offset, phdr.p_filesz, identity->interpreter,
				  sizeof(identity->interpreter));
		} else if (phdr.p_type == PT_NOTE) {
			read_notes(elf, &phdr, identity);
		} else if (phdr.p_type == PT_DYNAMIC) {
			read_dynamic(elf, headers, &phdr, identity);
		}
	}
out:
	elf_end(elf);
	return is_elf;
}

/* More than any real library offers. */
#define SYMBOLS_MAX 1000000u

static bool is_defined_in(Elf *elf, Elf_Scn *section, const char *name)
{
	GElf_Shdr header;
	Elf_Data *data;
	size_t count, i;

	if (!gelf_getshdr(section, &header) || header.sh_type != SHT_DYNSYM || !header.sh_entsize)
		return false;
	data = elf_getdata(section, NULL);
	if (!data)
		return false;
	count = data->d_size / header.sh_entsize;
	for (i = 0; i < count && i < SYMBOLS_MAX; i++) {
		const char *found;
		GElf_Sym symbol;

		if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_shndx == SHN_UNDEF ||
		    GELF_ST_TYPE(symbol.st_info) != STT_FUNC)
			continue;
		found = elf_strptr(elf, header.sh_link, symbol.st_name);
		if (found && strcmp(found, name) == 0)
			return true;
	}
	return false;
}

bool elf_defines(int fd, const char *name)
{
	Elf_Scn *section = NULL;
	bool found = false;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!elf)
		return false;
	while (!found && (section = elf_nextscn(elf, section)) != NULL)
		found = is_defined_in(elf, section, name);
	elf_end(elf);
	return found;
}
