/* SPDX-License-Identifier: MIT */
/* Names of code, and lines of source, that were found out on another machine and came in a pack. */
#ifndef FINLEAK_IMPORTED_NAMES_H
#define FINLEAK_IMPORTED_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "analyzer/symbolize/code_module.h"
#include "analyzer/symbolize/code_names.h"

struct imported_names;

/* Free it with imported_names_free(), NULL allowed. */
struct imported_names *imported_names_new(void);
void imported_names_free(struct imported_names *names);

/*
 * Adds the COUNT names in LIST (at most CODE_NAMES_MAX, copied) of the call before OFFSET in the
 * module with PATH and IDENTITY. What is known already stays.
 */
void imported_names_add(struct imported_names *names, const char *path, const char *identity,
			uint64_t offset, const struct code_name *list, size_t count);

/* Adds LINE as line NUMBER of FILE. */
void imported_names_add_line(struct imported_names *names, const char *file, unsigned int number,
			     const char *line);

/*
 * Names the call before OFFSET in MODULE into LIST (CODE_NAMES_MAX), whose strings live as NAMES
 * (NULL: none). Returns how many there are; 0: not known.
 */
size_t imported_names_of(const struct imported_names *names, const struct code_module *module,
			 uint64_t offset, struct code_name *list);

/* NULL: not known. */
const char *imported_names_line(const struct imported_names *names, const char *file,
				unsigned int number);

/* What distinguishes the build of MODULE from others: its build-id, or size and time. The caller
 * frees it.
 */
char *module_identity(const struct code_module *module);

#endif
