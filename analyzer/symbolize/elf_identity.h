/* SPDX-License-Identifier: MIT */
/*
 * What an ELF file is: kind, machine, build-id, how it is loaded. The file is hostile input: every
 * size in it is checked before it is used.
 */
#ifndef FINLEAK_ELF_IDENTITY_H
#define FINLEAK_ELF_IDENTITY_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "preload/recording/recording.h"

struct elf_identity {
	unsigned int elf_class; /* ELFCLASS32, ELFCLASS64 */
	unsigned int type;      /* ET_EXEC, ET_DYN, ... */
	unsigned int machine;   /* EM_* */
	bool big_endian;
	bool has_interpreter;         /* PT_INTERP; false: static, a library or the loader itself */
	char interpreter[PATH_MAX];   /* "" none */
	char soname[NAME_MAX + 1];    /* DT_SONAME; "" none */
	char sanitizer[NAME_MAX + 1]; /* the first DT_NEEDED that is the runtime of a sanitizer that
					 must come first in the process; "" none */
	bool is_go;                   /* it has the note of Go's linker: .note.go.buildid */
	size_t build_id_size;         /* 0 none */
	uint8_t build_id[RECORDED_BUILD_ID_MAX];
};

/* Reads the open file FD, which stays open, its offset unchanged. False: it is not an ELF file. */
bool elf_identity_read(int fd, struct elf_identity *identity);

/* Does the open ELF file FD offer NAME to other modules, as a function of its own? */
bool elf_defines(int fd, const char *name);

/*
 * True where BASENAME (of a library) is the runtime of ASan or HWASan, which refuse to start behind
 * another library. TSan's does not, and must not come first: it would see the fake
 * descriptors that the recorder gives libunwind.
 */
bool elf_is_sanitizer_runtime(const char *basename);

#endif
