/* SPDX-License-Identifier: MIT */
/* The names in frames as the user reads them. Each is stored once, until frame_names_free(). */
#ifndef FINLEAK_FRAME_NAMES_H
#define FINLEAK_FRAME_NAMES_H

struct frame_names;

/* SOURCE_PREFIXES: "OLD=NEW", NULL-terminated list; NULL none. Free it with frame_names_free(). */
struct frame_names *frame_names_new(const char *const *source_prefixes);
void frame_names_free(struct frame_names *names);

/* The stored copy of TEXT. */
const char *frame_names_keep(struct frame_names *names, const char *text);

/* The same, and frees TEXT. */
const char *frame_names_keep_freed(struct frame_names *names, char *text);

/*
 * The readable name of a function that debug information calls NAME and whose symbol is SYMBOL
 * (NULL none). Both must stay where they are: they are recognised by their addresses.
 */
const char *frame_names_function(struct frame_names *names, const char *name, const char *symbol);

/*
 * Source FILE, of a unit compiled in DIRECTORY (NULL unknown): absolute where it can be, moved by
 * the source prefixes. Both must stay where they are.
 */
const char *frame_names_file(struct frame_names *names, const char *directory, const char *file);

/*
 * FILE of a script, moved by the source prefixes. If it is relative and not there, it is searched
 * for below each of ROOTS (ended by NULL; NULL none: it is not searched for): in the working
 * folder, and around the places that programs were started with.
 */
const char *frame_names_script_file(struct frame_names *names, const char *file,
				    const char *const *roots);

/* PLACE is a path in the command of a program: its source, its classes, or a folder of these. */
void frame_names_add_place(struct frame_names *names, const char *place);

#endif
