/* SPDX-License-Identifier: MIT */
/* One symbol of an ELF file, by its symbol table. The file is hostile input: it is read, never
 * mapped, and every size in it is checked. */
#ifndef FINLEAK_ELF_SYMBOL_H
#define FINLEAK_ELF_SYMBOL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Where the open file FD, of 64 bits and this byte order, has what its .symtab calls NAME, as the
 * file counts. False: it has no such symbol, or was stripped.
 */
bool elf_symbol_find(int fd, const char *name, uint64_t *address);

#endif
