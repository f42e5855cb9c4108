/* SPDX-License-Identifier: MIT */
/*
 * The calls that were named so far, each by its module and offset, and what is known of the
 * modules.
 */
#ifndef FINLEAK_RESOLVED_CALLS_H
#define FINLEAK_RESOLVED_CALLS_H

#include <uthash.h>

#include "analyzer/base/number_map.h"
#include "analyzer/symbolize/code_names.h"
#include "analyzer/symbolize/frame.h"
#include "analyzer/symbolize/frame_names.h"

/* How much of a module is read. */
enum readable {
	READ_ALL,
	READ_SYMBOLS, /* its debug information was too much for a process */
	READ_NOTHING, /* so were its symbols */
};

struct known_module {
	UT_hash_handle hh;
	struct module_key *key;
	const char *path;     /* kept */
	const char *build_id; /* kept; hex */
	const char *identity; /* kept; see module_identity() */
	enum readable readable;
	bool changed;               /* with a warning */
	struct number_map resolved; /* by offset */
};

struct resolved {
	const struct known_module *module;
	struct resolved *next; /* in the order in which they were asked for */
	size_t count;
	struct frame frames[];
};

struct resolved_calls;

/* Texts are kept in NAMES, which must live as long. End with resolved_calls_free. */
struct resolved_calls *resolved_calls_new(struct frame_names *names);
void resolved_calls_free(struct resolved_calls *calls);

/* What is known of MODULE. */
struct known_module *resolved_calls_module(struct resolved_calls *calls,
					   const struct code_module *module);

/* Keeps the COUNT names of LIST for the call before OFFSET of KNOWN; COUNT 0: it has none. */
void resolved_calls_add(struct resolved_calls *calls, struct known_module *known, uint64_t offset,
			const struct code_name *list, size_t count);

/* The first one that was added; NULL: there is none. */
const struct resolved *resolved_calls_first(const struct resolved_calls *calls);

#endif
