/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/demangle.h"

#include <ctype.h>
#include <libiberty/demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "analyzer/base/allocate.h"

/* A longer name stays mangled: libiberty's use of the stack grows with the name. */
#define MANGLED_MAX 4096u
/* A longer readable name is cut off. */
#define READABLE_MAX 4096u
/* libiberty writes a readable name in parts, some of them empty. */
#define PARTS_MAX 65536u

/* The readable name as it comes from libiberty. */
struct readable {
	jmp_buf full;
	size_t length, parts;
	char text[READABLE_MAX + 1];
};

static bool is_ascii(const char *part, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if ((unsigned char)part[i] >= 0x80)
			return false;
	return true;
}

/*
 * Back references multiply a readable name: 40 of them in 300 bytes make a hundred megabytes.
 * libiberty can't be asked to stop, so a full buffer leaves it by longjmp. It holds no memory while
 * it writes a part, except for a Rust identifier decoded from Punycode, which is never ASCII.
 */
static void add_part(const char *part, size_t size, void *argument)
{
	struct readable *readable = argument;
	size_t room = READABLE_MAX - readable->length, fits = size < room ? size : room;

	if (fits)
		memcpy(readable->text + readable->length, part, fits);
	readable->length += fits;
	readable->text[readable->length] = '\0';
	readable->parts++;
	if ((fits < size || readable->parts > PARTS_MAX) && is_ascii(part, size))
		longjmp(readable->full, 1);
}

typedef int demangler(const char *name, int options, demangle_callbackref add, void *argument);

/* NAME demangled by LIBRARY, cut off at READABLE_MAX; NULL: not mangled. The caller frees it. */
static char *demangle_bounded(demangler *library, const char *name, int options)
{
	struct readable *readable = allocate_zeroed(1, sizeof(*readable));
	char *text = NULL;

	if (setjmp(readable->full) || library(name, options, add_part, readable))
		text = readable->length ? allocate_text(readable->text) : NULL;
	free(readable);
	return text;
}

/*
 * What libiberty does not bound itself is counted in the mangled name before it sees it. The limits
 * are far above what compilers make: in 115,000 C++ names of a Debian system's libraries no product
 * of the first kind is above 310 and no count of the second above 1. Of 20,000 Rust names one is
 * taken for the third kind: an identifier that ends in FG.
 */
#define COPIED_TEMPLATES_MAX (64u << 10)
#define CONVERSIONS_MAX      8u
#define LIFETIMES_DIGITS_MAX 2u

#define DIGITS_AND_UPPER_CASE "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/*
 * References times templates: 16 bytes of stack each. A template parameter with arguments (T_I) in
 * the type of a conversion operator (cv): what is in them is parsed twice, at each depth again.
 */
static bool is_bounded_cxx(const char *name)
{
	const bool converts = strstr(name, "cv") != NULL;
	size_t references = 0, templates = 0, parameters = 0;

	for (; *name; name++) {
		references += *name == 'R' || *name == 'O';
		templates += *name == 'I';
		if (*name == 'T' &&
		    strncmp(name + 1 + strspn(name + 1, DIGITS_AND_UPPER_CASE), "_I", 2) == 0)
			parameters++;
	}
	return references * templates <= COPIED_TEMPLATES_MAX &&
	       (!converts || parameters <= CONVERSIONS_MAX);
}

/* The lifetimes of a function (FG) or trait (DG) are counted up to a number of any size. */
static bool is_bounded_rust(const char *name)
{
	while ((name = strchr(name + 1, 'G')) != NULL) {
		size_t digits = 0;

		if (name[-1] != 'F' && name[-1] != 'D')
			continue;
		while (isalnum((unsigned char)name[1 + digits]))
			digits++;
		if (digits > LIFETIMES_DIGITS_MAX && name[1 + digits] == '_')
			return false;
	}
	return true;
}

/*
 * The readable form of NAME, which the caller frees; NULL: there is none. D's names stay mangled:
 * libiberty takes seconds for some, which can't be recognised without parsing them.
 */
static char *demangle_plain(const char *name)
{
	char *readable = NULL;

	if (strlen(name) > MANGLED_MAX)
		return NULL;
	if (strncmp(name, "_R", 2) == 0 && is_bounded_rust(name))
		return demangle_bounded(rust_demangle_callback, name, DMGL_NO_OPTS);
	if (strncmp(name, "_Z", 2) != 0 || !is_bounded_cxx(name))
		return NULL;
	/* Rust's legacy names are C++ names that end in a hash. */
	readable = demangle_bounded(rust_demangle_callback, name, DMGL_NO_OPTS);
	return readable ? readable
			: demangle_bounded(cplus_demangle_v3_callback, name,
					   DMGL_PARAMS | DMGL_NO_RECURSE_LIMIT);
}

/* Takes the suffixes of clones off the end of NAME, all of them. */
static void strip_clones(char *name)
{
	static const char *const clones[] = {
		".constprop", ".isra", ".part", ".cold", ".lto_priv", ".llvm", ".localalias",
	};
	char *dot;

	while ((dot = strrchr(name, '.')) && dot != name) {
		size_t digits = strspn(dot + 1, "0123456789");
		char *word = dot;
		size_t i;

		if (digits && dot[1 + digits] == '\0') {
			*dot = '\0';
			word = strrchr(name, '.');
			*dot = '.';
			if (!word || word == name || word == dot)
				return;
		}
		for (i = 0; i < sizeof(clones) / sizeof(clones[0]); i++) {
			size_t length = strlen(clones[i]);

			if (strncmp(word, clones[i], length) == 0 &&
			    (word[length] == '\0' || word + length == dot))
				break;
		}
		if (i == sizeof(clones) / sizeof(clones[0]))
			return;
		*word = '\0';
	}
}

/*
 * Compilers split a C++20 coroutine: its body goes on in a clone. gcc's takes the coroutine's
 * frame, a type that is named after the coroutine: _Z5serveP...14_ZL5servei.Frame.actor is
 * serve(int).
 */
static void strip_coroutine(char *name)
{
	static const char *const parts[] = { ".actor", ".resume", ".destroy", ".cleanup" };
	static const char frame[] = ".Frame";
	char *end = strrchr(name, '.'), *inner;
	size_t i;

	if (strncmp(name, "_Z", 2) != 0 || !end)
		return;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(end, parts[i]) == 0)
			break;
	if (i == sizeof(parts) / sizeof(parts[0]))
		return;
	*end = '\0';
	end = strrchr(name, '.');
	if (!end || strcmp(end, frame) != 0)
		return;
	*end = '\0';
	for (inner = end; inner > name; inner--)
		if (strncmp(inner, "_Z", 2) == 0 && isdigit((unsigned char)inner[-1])) {
			memmove(name, inner, strlen(inner) + 1);
			return;
		}
	/* It is another kind of frame. */
	*end = '.';
}

char *demangle(const char *name)
{
	char *plain = allocate_text(name), *readable, *version;

	/* name@VERSION, name@@VERSION, name@plt */
	version = strchr(plain, '@');
	if (version && version != plain)
		*version = '\0';
	strip_clones(plain);
	strip_coroutine(plain);
	readable = demangle_plain(plain);
	if (!readable)
		return plain;
	free(plain);
	return readable;
}
