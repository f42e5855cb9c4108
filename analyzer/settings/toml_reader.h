/* SPDX-License-Identifier: MIT */
/*
 * Reads TOML: toml++ does, a library of C++ (Debian has none of C). This header is what C sees of
 * it. A build without toml++ has a reader that refuses each file, so that settings are never
 * ignored in silence.
 */
#ifndef FINLEAK_TOML_READER_H
#define FINLEAK_TOML_READER_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A text that long takes a few MiB of stack at most, however deep it is nested. */
#define TOML_SIZE_MAX 16384

enum toml_type {
	TOML_TEXT,
	TOML_INTEGER,
	TOML_BOOLEAN,
	TOML_OTHER, /* a table, a date, a fraction */
};

/* A value of the top of the document; an array has one for each of its elements. */
struct toml_value {
	char *key;
	char *text; /* as an option takes it: "100", "true"; "" where it is TOML_OTHER */
	enum toml_type type;
	int in_array;
	unsigned int line;
};

struct toml_document {
	struct toml_value *values; /* by key, elements of an array in their order */
	size_t count;
	char *error; /* NULL: none */
	unsigned int error_line;
};

/* Reads SIZE bytes of TEXT. *DOCUMENT has its values, or an error; end with toml_clear. */
void toml_read(struct toml_document *document, const char *text, size_t size);
void toml_clear(struct toml_document *document);

#ifdef __cplusplus
}
#endif

#endif
