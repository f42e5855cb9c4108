/* SPDX-License-Identifier: MIT */
/*
 * What is known of each language whose frames are shown: what runs it, whose sources are not the
 * user's, and how it spells a close. A language is a file in languages/ and a line in languages.c.
 */
#ifndef FINLEAK_LANGUAGES_H
#define FINLEAK_LANGUAGES_H

#include <stdbool.h>

/* How a program spells it that closes what it reads from. */
struct closing_words {
	const char *call;
	const char *close; /* CALL with what it is called on */
	const char *ends;  /* what the read that finds the end of stream does */
};

struct language {
	const char *name;    /* as recordings spell it: "python" */
	const char *machine; /* what runs it: "the Python interpreter" */
	/*
	 * How the names of the machine's files begin, up to a version: "python3" is python3 and
	 * python3.11. Ended by NULL.
	 */
	const char *const *files;
	/* ... and how the functions begin that no other program has; NULL: nothing is known. */
	const char *const *functions;
	/*
	 * Does PATH, a source's or module's, belong to the language's library or to a package that
	 * was installed? NULL: nothing does.
	 */
	bool (*is_library)(const char *path);
	/* What the language brings along, and how it is called: nobody reads its frames. NULL:
	 * none. */
	const char *library;
	bool (*is_built_in)(const char *path);
	/*
	 * Where a project has its sources, where their names begin at the package: folders with
	 * their slash, ended by NULL. NULL: names are paths.
	 */
	const char *const *source_roots;
	struct closing_words closing;
};

extern const struct language language_erlang;
extern const struct language language_java;
extern const struct language language_javascript;
extern const struct language language_perl;
extern const struct language language_php;
extern const struct language language_python;
extern const struct language language_ruby;

/*
 * The language that recordings call NAME; "": Python, which is the only one of older recordings.
 * One that nobody here knows is a language of which nothing is known. Never NULL.
 */
const struct language *language_named(const char *name);

/* The language whose machine the file at path MODULE is, by its name; NULL: none. */
const struct language *language_of_machine(const char *module);

/*
 * Is FUNCTION (NULL unknown) in the file at path MODULE surely the machine's, because no program
 * that only has the file's name would call a function so?
 */
bool language_is_engine(const char *module, const char *function);

/* How the library is called that LANGUAGE brings along, if PATH is a source of it; else NULL. */
const char *language_built_in(const struct language *language, const char *path);

/* Is the source or module at PATH one of LANGUAGE's library, or of an installed package? */
bool language_is_library(const struct language *language, const char *path);

#endif
