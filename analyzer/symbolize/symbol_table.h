/* SPDX-License-Identifier: MIT */
/*
 * The symbols of one module by address. libdwfl's own look-up (dwfl_module_addrinfo) reads the
 * whole symbol table for each address.
 */
#ifndef FINLEAK_SYMBOL_TABLE_H
#define FINLEAK_SYMBOL_TABLE_H

#include <elfutils/libdwfl.h>

struct symbol_table;

/* The symbols of MODULE, which must outlive them. Never NULL. Free them with symbol_table_free().
 */
struct symbol_table *symbol_table_new(Dwfl_Module *module);
void symbol_table_free(struct symbol_table *table);

/*
 * The name (as the linker knows it) of the symbol of code whose extent covers ADDRESS, as Dwfl
 * counts; NULL where none does: a symbol without a size is only the nearest that was not stripped.
 * The string lives as long as the module.
 */
const char *symbol_table_name(const struct symbol_table *table, Dwarf_Addr address);

/*
 * Where the code of the symbol NAME begins, as Dwfl counts; 0: there is none, or there are several.
 */
Dwarf_Addr symbol_table_address(struct symbol_table *table, const char *name);

#endif
