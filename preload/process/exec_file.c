/* SPDX-License-Identifier: MIT */
#include "preload/process/exec_file.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdint.h>
#include <string.h>

#include "preload/platform/raw_calls.h"

/* Programs have fewer. The stack may be a signal handler's, and small: all is read in pieces. */
#define SEGMENTS_MAX 64
#define ENTRIES_MAX  512
#define NEEDED_MAX   16
#define NAMES_MAX    (256u << 10)

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#endif

/* A program's file, opened. */
struct exec_file {
	int fd;
	ElfW(Ehdr) header;
};

static bool read_at(const struct exec_file *file, void *bytes, size_t size, uint64_t offset)
{
	return raw_call(SYS_pread64, file->fd, (long)(uintptr_t)bytes, (long)size, (long)offset) ==
	       (long)size;
}

/* False: it can't be read, or is no ELF file. */
static bool open_file(struct exec_file *file, int folder, const char *path)
{
	file->fd = (int)raw_call(SYS_openat, folder, (long)(uintptr_t)path,
				 O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY, 0);
	if (file->fd < 0)
		return false;
	if (read_at(file, &file->header, sizeof(file->header), 0) &&
	    memcmp(file->header.e_ident, ELFMAG, SELFMAG) == 0)
		return true;
	raw_close(file->fd);
	return false;
}

/* Does the file run on this machine's loader? */
static bool is_native(const struct exec_file *file)
{
	return file->header.e_ident[EI_CLASS] == ELFCLASS64 &&
	       file->header.e_ident[EI_DATA] == ELFDATA2LSB && file->header.e_machine == MACHINE &&
	       file->header.e_phentsize == sizeof(ElfW(Phdr));
}

/* The first segment of TYPE. */
static bool find_segment(const struct exec_file *file, uint32_t type, ElfW(Phdr) * segment)
{
	unsigned int i;

	for (i = 0; i < file->header.e_phnum && i < SEGMENTS_MAX; i++)
		if (read_at(file, segment, sizeof(*segment),
			    file->header.e_phoff + i * sizeof(*segment)) &&
		    segment->p_type == type)
			return true;
	return false;
}

/* Where ADDRESS of the program is in the file; 0: nowhere. */
static uint64_t offset_of(const struct exec_file *file, uint64_t address)
{
	ElfW(Phdr) segment;
	unsigned int i;

	for (i = 0; i < file->header.e_phnum && i < SEGMENTS_MAX; i++)
		if (read_at(file, &segment, sizeof(segment),
			    file->header.e_phoff + i * sizeof(segment)) &&
		    segment.p_type == PT_LOAD && address >= segment.p_vaddr &&
		    address - segment.p_vaddr < segment.p_filesz)
			return segment.p_offset + (address - segment.p_vaddr);
	return 0;
}

/* The loader itself, which has none, takes a program as its argument. */
static bool is_loader(const char *path)
{
	const char *base = strrchr(path, '/');

	return strncmp(base ? base + 1 : path, "ld-", 3) == 0 ||
	       strncmp(base ? base + 1 : path, "ld.", 3) == 0;
}

static bool is_never_preloaded(const struct exec_file *file, const char *path)
{
	char interpreter[64] = "";
	ElfW(Phdr) segment;

	if (!is_native(file))
		return true;
	if (!find_segment(file, PT_INTERP, &segment))
		return !is_loader(path);
	if (segment.p_filesz >= sizeof(interpreter) ||
	    !read_at(file, interpreter, segment.p_filesz, segment.p_offset))
		return false;
	return strstr(interpreter, "musl") != NULL;
}

bool exec_file_is_never_preloaded(int folder, const char *path)
{
	struct exec_file file;
	bool answer;

	if (!open_file(&file, folder, path))
		return false;
	answer = is_never_preloaded(&file, path);
	raw_close(file.fd);
	return answer;
}

/* Libraries that never open a TCP socket, start a program or load code for others. */
static bool is_harmless_library(const char *name)
{
	static const char *const begins[] = {
		"libc.so.6",   "libm.so.6",    "libpthread.so.0", "librt.so.1", "ld-linux",
		"libgcc_s.so", "libstdc++.so", "libselinux.so",   "libpcre2-8", "libacl.so",
		"libattr.so",  "libcap.so",    "libgmp.so",       "libmpfr.so", "libmpc.so",
		"libisl.so",   "libz.so",      "libzstd.so",      "liblzma.so", "libbz2.so",
		"liblz4.so",   "libtinfo.so",  "libncurses",      "libmd.so",   "libsigsegv.so",
	};
	size_t i;

	for (i = 0; i < sizeof(begins) / sizeof(begins[0]); i++)
		if (strncmp(name, begins[i], strlen(begins[i])) == 0)
			return true;
	return false;
}

static bool ends_with(const char *name, size_t length, const char *end)
{
	size_t size = strlen(end);

	return length >= size && strcmp(name + length - size, end) == 0;
}

/*
 * Names with which a program gets a socket, another program or more code. Linkers store a name that
 * another one ends in as a part of that.
 */
static bool is_harmful_name(const char *name)
{
	static const char *const names[] = {
		"socket", "accept",  "accept4",     "recvmsg",     "recvmmsg",    "syscall",
		"dlopen", "dlmopen", "dlsym",       "dlvsym",      "fork",        "_Fork",
		"vfork",  "clone",   "fexecve",     "posix_spawn", "popen",       "posix_spawnp",
		"system", "wordexp", "getaddrinfo", "getnameinfo", "pidfd_getfd", "getaddrinfo_a",
		"daemon", "forkpty",
	};
	static const char *const parts[] = { "exec", "gethostby", "rcmd", "clnt_" };
	size_t length = strlen(name), i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (ends_with(name, length, names[i]))
			return true;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(name, parts[i]))
			return true;
	return false;
}

/* The part of the dynamic section that matters here. */
struct imports {
	uint64_t names, names_size; /* the string table: its address */
	uint64_t needed[NEEDED_MAX];
	unsigned int needed_count;
};

static bool read_imports(const struct exec_file *file, struct imports *imports)
{
	ElfW(Phdr) segment;
	ElfW(Dyn) entry;
	unsigned int i;

	*imports = (struct imports){ .names = 0 };
	if (!find_segment(file, PT_DYNAMIC, &segment))
		return false;
	for (i = 0; i < ENTRIES_MAX && (i + 1) * sizeof(entry) <= segment.p_filesz; i++) {
		if (!read_at(file, &entry, sizeof(entry), segment.p_offset + i * sizeof(entry)))
			return false;
		if (entry.d_tag == DT_NULL)
			return imports->names && imports->needed_count;
		if (entry.d_tag == DT_STRTAB)
			imports->names = entry.d_un.d_ptr;
		if (entry.d_tag == DT_STRSZ)
			imports->names_size = entry.d_un.d_val;
		if (entry.d_tag != DT_NEEDED)
			continue;
		if (imports->needed_count == NEEDED_MAX)
			return false;
		imports->needed[imports->needed_count++] = entry.d_un.d_val;
	}
	return false;
}

static bool needs_harmless_libraries(const struct exec_file *file, const struct imports *imports,
				     uint64_t offset)
{
	char name[32];
	unsigned int i;

	for (i = 0; i < imports->needed_count; i++) {
		/* Its end may be the end of the table: zeros or other names follow in the file. */
		if (imports->needed[i] >= imports->names_size ||
		    !read_at(file, name, sizeof(name) - 1, offset + imports->needed[i]))
			return false;
		name[sizeof(name) - 1] = '\0';
		if (!is_harmless_library(name))
			return false;
	}
	return true;
}

/* Reads the names one after the other; what the program itself defines counts, too. */
static bool has_harmless_names(const struct exec_file *file, const struct imports *imports,
			       uint64_t offset)
{
	char piece[512];
	uint64_t at = 0;

	while (at < imports->names_size) {
		uint64_t left = imports->names_size - at, size, start = 0, i;

		size = left < sizeof(piece) - 1 ? left : sizeof(piece) - 1;
		if (!read_at(file, piece, size, offset + at))
			return false;
		piece[size] = '\0';
		for (i = 0; i < size; i++) {
			/* read_at() has filled it.
			 * NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Branch) */
			if (piece[i])
				continue;
			if (is_harmful_name(&piece[start]))
				return false;
			start = i + 1;
		}
		/* The last one goes on in the next piece, or is longer than any that matters. */
		at += start ? start : size;
	}
	return true;
}

static bool opens_no_sockets(const struct exec_file *file)
{
	struct imports imports;
	uint64_t offset;

	if (!is_native(file) || !read_imports(file, &imports) || imports.names_size > NAMES_MAX)
		return false;
	offset = offset_of(file, imports.names);
	return offset && needs_harmless_libraries(file, &imports, offset) &&
	       has_harmless_names(file, &imports, offset);
}

bool exec_file_opens_no_sockets(int folder, const char *path)
{
	struct exec_file file;
	bool answer;

	if (!open_file(&file, folder, path))
		return false;
	answer = opens_no_sockets(&file);
	raw_close(file.fd);
	return answer;
}
