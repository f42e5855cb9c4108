/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/tail_calls.h"

#include <dwarf.h>

#include "analyzer/symbolize/function_index.h"

/* Where what CALL calls begins, as Dwfl counts; 0: in another module, or unknown. */
static Dwarf_Addr callee_of(const struct code_units *units, struct symbol_table *symbols,
			    Dwarf_Die *call)
{
	static const unsigned int names[] = { DW_AT_call_origin, DW_AT_abstract_origin };
	Dwarf_Attribute attribute;
	Dwarf_Addr pc;
	Dwarf_Die origin;
	const char *name;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!dwarf_formref_die(dwarf_attr(call, names[i], &attribute), &origin))
			continue;
		if (dwarf_entrypc(&origin, &pc) == 0)
			return code_units_address(units, pc);
		/* Of another unit, or that was inlined as well: only the linker knows its code. */
		name = code_units_function(&origin);
		return name ? symbol_table_address(symbols, name) : 0;
	}
	return 0;
}

size_t tail_calls_of(struct code_units *units, struct symbol_table *symbols, Dwarf_Addr address,
		     struct tail_call *list)
{
	struct tail_call_entry entries[TAIL_CALLS_MAX + 1];
	struct function_index *index;
	Dwarf_Addr pc, called;
	Dwarf_Die call;
	size_t count, i;

	index = code_units_index(units, address - 1, &pc);
	if (!index || !function_index_call(index, pc + 1, &call))
		return 0;
	called = callee_of(units, symbols, &call);
	index = called ? code_units_index(units, called, &pc) : NULL;
	count = index ? function_index_tail_calls(index, pc, entries, TAIL_CALLS_MAX + 1) : 0;
	if (count > TAIL_CALLS_MAX)
		return 0;
	for (i = 0; i < count; i++) {
		list[i].address = called;
		list[i].callee = callee_of(units, symbols, &entries[i].die);
		/* What stands is in front of where a call in its place would return to. */
		code_units_line(units, code_units_address(units, entries[i].pc) - 1,
				&list[i].frame);
	}
	return count;
}
