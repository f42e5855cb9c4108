/* SPDX-License-Identifier: MIT */
/*
 * Names code in this process: (module, offset) -> function, file, line and inlined callers, by
 * elfutils libdwfl. Modules are taken by path and build-id, never by process.
 *
 * Modules are hostile input, and libdw opens, maps and inflates what they say. So finleak does this
 * in a child process with limits: naming_process.h.
 */
#ifndef FINLEAK_CODE_NAMES_H
#define FINLEAK_CODE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/symbolize/code_module.h"
#include "analyzer/symbolize/module_file.h"
#include "analyzer/symbolize/symbolizer_options.h"

/* Functions inlined into each other at one address. */
#define CODE_NAMES_MAX 64u

struct code_names;

/* Strings live as long as the struct code_names they come from. */
struct code_name {
	const char *function; /* NULL unknown; demangled */
	const char *file;     /* NULL unknown; --source-prefix applied */
	unsigned int line;    /* 0 unknown */
	bool inlined;         /* this function was inlined into the next one */
	/*
	 * Not where the address is: the function that is called there ends with a call, here, of
	 * CALLEE (NULL: in another module, or unknown).
	 */
	bool ends_with_call;
	const char *callee;
};

/* WAITS may be NULL. Free it with code_names_free(). Never NULL. */
struct code_names *code_names_new(const struct symbolizer_options *options,
				  const struct module_waits *waits);
void code_names_free(struct code_names *names);

/*
 * Names the call before return address OFFSET (an address of the module's file) in MODULE, into
 * LIST: calls that the function ends with that is called there, then innermost inlined function
 * first. Returns how many (at least 1, at most CODE_NAMES_MAX): an
 * unknown function has function NULL. *file: MODULE's file; without one all its functions are
 * unknown. SYMBOLS_ONLY: leaves debug information alone; the module's first call decides.
 */
size_t code_names_of(struct code_names *names, const struct code_module *module, uint64_t offset,
		     bool symbols_only, struct code_name *list, enum module_file_found *file);

/* Line NUMBER of source FILE, without its newline; NULL where there is none. Lives as NAMES. */
const char *code_names_source_line(struct code_names *names, const char *file, unsigned int number);

#endif
