/* SPDX-License-Identifier: MIT */
/*
 * Functions, files and lines of a Go program by the table that Go's runtime unwinds by
 * (.gopclntab, Go 1.18 and later): it is there in stripped programs, too. Hostile input.
 */
#ifndef FINLEAK_GO_NAMES_H
#define FINLEAK_GO_NAMES_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

struct go_names;

/* Strings live as long as the module. */
struct go_place {
	const char *function;
	const char *file;  /* NULL unknown */
	unsigned int line; /* 0 unknown */
};

/* Those of MODULE, which must outlive them; NULL: it is no Go program. End with free(). */
struct go_names *go_names_new(Dwfl_Module *module);

/* The function at ADDRESS, as Dwfl counts. False: none is. */
bool go_names_find(const struct go_names *names, Dwarf_Addr address, struct go_place *place);

/*
 * Where the function called NAME begins, as its ELF file counts. False: it has none, or its code
 * may lie anywhere.
 */
bool go_names_entry(const struct go_names *names, const char *name, uint64_t *address);

#endif
