/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/frame_names.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>
#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/demangle.h"
#include "analyzer/symbolize/source_paths.h"

/* Each string of a frame once. */
struct kept_string {
	UT_hash_handle hh;
	char text[];
};

/*
 * The readable form of two strings of debug information, so that a name is demangled and a path
 * normalised once. The strings are recognised by their addresses.
 */
struct spelling {
	struct spelling_key {
		const char *first, *second;
	} key;
	const char *spelled; /* kept */
	UT_hash_handle hh;
};

struct frame_names {
	struct source_paths *paths;
	struct kept_string *strings;
	struct spelling *functions, *files, *scripts;
	const char **places; /* of programs' commands; kept */
	size_t place_count;
};

struct frame_names *frame_names_new(const char *const *source_prefixes)
{
	struct frame_names *names = allocate_zeroed(1, sizeof(*names));

	names->paths = source_paths_new(source_prefixes);
	return names;
}

static void free_spellings(struct spelling **spellings)
{
	struct spelling *spelling, *next;

	HASH_ITER(hh, *spellings, spelling, next) {
		HASH_DEL(*spellings, spelling);
		free(spelling);
	}
}

void frame_names_free(struct frame_names *names)
{
	struct kept_string *kept, *next;

	free_spellings(&names->functions);
	free_spellings(&names->files);
	free_spellings(&names->scripts);
	free(names->places);
	HASH_ITER(hh, names->strings, kept, next) {
		HASH_DEL(names->strings, kept);
		free(kept);
	}
	source_paths_free(names->paths);
	free(names);
}

const char *frame_names_keep(struct frame_names *names, const char *text)
{
	size_t length = strlen(text);
	struct kept_string *kept;

	HASH_FIND(hh, names->strings, text, length, kept);
	if (!kept) {
		kept = allocate_zeroed(1, sizeof(*kept) + length + 1);
		memcpy(kept->text, text, length + 1);
		HASH_ADD_KEYPTR(hh, names->strings, kept->text, length, kept);
	}
	return kept->text;
}

const char *frame_names_keep_freed(struct frame_names *names, char *text)
{
	const char *kept = frame_names_keep(names, text);

	free(text);
	return kept;
}

static struct spelling *find_spelling(struct spelling **spellings, const char *first,
				      const char *second)
{
	const struct spelling_key key = { first, second };
	struct spelling *spelling;

	HASH_FIND(hh, *spellings, &key, sizeof(key), spelling);
	if (spelling)
		return spelling;
	spelling = allocate_zeroed(1, sizeof(*spelling));
	spelling->key = key;
	HASH_ADD(hh, *spellings, key, sizeof(spelling->key), spelling);
	return spelling;
}

/*
 * The readable name of a function that debug information calls NAME and whose symbol is SYMBOL
 * (NULL none); the caller frees it. C++ functions of one file only have no linker name in debug
 * information, so NAME lacks its namespaces: the symbol has them. It must agree with NAME, because
 * a linker that folds equal functions leaves one symbol for all of them.
 */
static char *spell_name(const char *name, const char *symbol)
{
	char *readable;

	if (!symbol || strncmp(symbol, "_Z", 2) != 0)
		return demangle(name);
	readable = demangle(symbol);
	if (strstr(readable, name))
		return readable;
	free(readable);
	return demangle(name);
}

const char *frame_names_function(struct frame_names *names, const char *name, const char *symbol)
{
	struct spelling *spelling = find_spelling(&names->functions, name, symbol);

	if (!spelling->spelled)
		spelling->spelled = frame_names_keep_freed(names, spell_name(name, symbol));
	return spelling->spelled;
}

const char *frame_names_file(struct frame_names *names, const char *directory, const char *file)
{
	struct spelling *spelling = find_spelling(&names->files, directory, file);

	if (!spelling->spelled)
		spelling->spelled = frame_names_keep_freed(
			names, source_paths_of_unit(names->paths, directory, file));
	return spelling->spelled;
}

void frame_names_add_place(struct frame_names *names, const char *place)
{
	const char *kept = frame_names_keep(names, place);
	size_t i;

	for (i = 0; i < names->place_count; i++)
		if (names->places[i] == kept)
			return;
	*(const char **)allocate_next(&names->places, names->place_count++, sizeof(kept)) = kept;
	/* What was not found may be there. */
	free_spellings(&names->scripts);
}

/* FILE in the first LENGTH bytes of FOLDER, or below one of ROOTS there; NULL: it is not. */
static char *find_below(const char *folder, size_t length, const char *const *roots,
			const char *file)
{
	const char *root = "", *slash = length ? "/" : "";
	char *found;

	for (; root; root = *roots++) {
		found = allocate_printed("%.*s%s%s%s", (int)length, folder, slash, root, file);
		if (access(found, F_OK) == 0)
			return found;
		free(found);
	}
	return NULL;
}

/* Does PLACE end with FILE, as "/src/com/acme/Server.java" does with "com/acme/Server.java"? */
static bool is_source_of(const char *place, const char *file)
{
	size_t place_length = strlen(place), length = strlen(file);

	return place_length > length && place[place_length - length - 1] == '/' &&
	       strcmp(place + place_length - length, file) == 0;
}

/* How far above the classes of a project its sources may begin: target/classes/. */
#define FOLDERS_ABOVE 2

/* FILE in PLACE, or next to it, or in a folder above; NULL: it is not there. */
static char *find_around(const char *place, const char *const *roots, const char *file)
{
	size_t length = strlen(place);
	char *found = NULL;
	int above;

	if (is_source_of(place, file))
		return access(place, F_OK) == 0 ? allocate_text(place) : NULL;
	while (length && place[length - 1] == '/')
		length--;
	for (above = 0; !found && length && above <= FOLDERS_ABOVE; above++) {
		found = find_below(place, length, roots, file);
		while (length && place[length - 1] != '/')
			length--;
		length -= length > 0;
	}
	return found;
}

/* FILE where it is found by its ROOTS; the caller frees it. */
static char *find_script(const struct frame_names *names, const char *file,
			 const char *const *roots)
{
	char *found = find_below("", 0, roots, file);
	size_t i;

	for (i = 0; !found && i < names->place_count; i++)
		found = find_around(names->places[i], roots, file);
	return found ? found : allocate_text(file);
}

const char *frame_names_script_file(struct frame_names *names, const char *file,
				    const char *const *roots)
{
	const char *moved = frame_names_keep_freed(names, source_paths_move(names->paths, file));
	struct spelling *spelling;

	if (!roots || !moved[0] || moved[0] == '/')
		return moved;
	spelling = find_spelling(&names->scripts, moved, NULL);
	if (!spelling->spelled)
		spelling->spelled = frame_names_keep_freed(names, find_script(names, moved, roots));
	return spelling->spelled;
}
