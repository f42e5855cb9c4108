/* SPDX-License-Identifier: MIT */
/*
 * Names code: (module, offset) -> function, file, line and inlined callers. Works offline, on
 * another machine too: it takes modules by path and build-id, never by process.
 *
 * Files are read by processes with limits (naming_process.h). A module that is too much for one is
 * tried again by its symbols alone, and then goes without names; after a few of these all do.
 */
#ifndef FINLEAK_SYMBOLIZE_H
#define FINLEAK_SYMBOLIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "analyzer/symbolize/code_module.h"
#include "analyzer/symbolize/frame.h"
#include "analyzer/symbolize/symbolizer_options.h"

struct symbolizer;
struct script_place;

/* Free it with symbolizer_free(). The strings of OPTIONS must live as long. Never NULL. */
struct symbolizer *symbolizer_new(const struct symbolizer_options *options);
void symbolizer_free(struct symbolizer *symbolizer);

/*
 * What is named was recorded by USER. Root's finleak reads a module's files with the rights of who
 * recorded it, and no line of a source file that one of all these users could not read.
 */
void symbolizer_add_user(struct symbolizer *symbolizer, uid_t user);

/*
 * What is named is of a program that was started by COMMAND (each argument ends with a NUL, the
 * last with two): sources of scripts are searched for around the paths in it.
 */
void symbolizer_add_command(struct symbolizer *symbolizer, const char *command);

/*
 * Names the call before return address OFFSET (an address of the module's file, bias subtracted)
 * in MODULE. Fills up to MAX frames, innermost inlined function first, and returns how many (at
 * least 1: an unknown function has function NULL). The line is that of the call, not that of the
 * return address. A file whose build-id differs from the recorded one is not used, and a warning
 * is kept (once for each module) for symbolizer_warnings(). Results are kept.
 */
size_t symbolizer_resolve(struct symbolizer *symbolizer, const struct code_module *module,
			  uint64_t offset, struct frame *frames, size_t max);

/*
 * The function that was called before return address OFFSET in MODULE, as symbolizer_resolve()
 * takes it, and is missing from the stack, since it ended with a jump: to CALLEE, or (NULL: OFFSET
 * is the innermost address of a stack) to anything. The line is that of its first such jump. False:
 * it did not, or it is not known which function that is.
 */
bool symbolizer_tail_call(struct symbolizer *symbolizer, const struct code_module *module,
			  uint64_t offset, const char *callee, struct frame *frame);

/* A return address OFFSET in MODULE, as symbolizer_resolve() takes it. */
struct code_address {
	const struct code_module *module;
	uint64_t offset;
};

/*
 * Finds the names of COUNT addresses, for symbolizer_resolve() later: together it takes a fraction
 * of the time. Modules need not live on.
 */
void symbolizer_resolve_all(struct symbolizer *symbolizer, const struct code_address *addresses,
			    size_t count);

/* Names a script's frame: *frame, its file moved by --source-prefix. */
void symbolizer_name_script(struct symbolizer *symbolizer, const struct script_place *place,
			    struct frame *frame);

/* Warnings for the user, one line each ("X changed since it was recorded: ..."). */
size_t symbolizer_warnings(const struct symbolizer *symbolizer, const char *const **warnings);

/*
 * Line NUMBER of source FILE (after --source-prefix and --sysroot), without its newline; NULL when
 * the file or line is not there, or not all who recorded may read it. The string lives as long as
 * the symbolizer.
 */
const char *symbolizer_source_line(struct symbolizer *symbolizer, const char *file,
				   unsigned int number);

/*
 * Calls TAKE with CONTEXT for each call that was resolved: its frames, and what identifies its
 * module's build from others (module_identity()).
 */
void symbolizer_each_call(const struct symbolizer *symbolizer,
			  void (*take)(void *context, const char *identity,
				       const struct frame *frames, size_t count),
			  void *context);

/* The same for each line of source that was asked for, and is there. */
void symbolizer_each_line(const struct symbolizer *symbolizer,
			  void (*take)(void *context, const char *file, unsigned int number,
				       const char *line),
			  void *context);

#endif
