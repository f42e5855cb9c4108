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
	const char *ends;  /* what the read that finds the end of stream does: a predicate */
};

/* A library that reads and closes sockets for a program. */
struct reading_library {
	const char *name;  /* "libuv" */
	const char *call;  /* "uv_close()" */
	const char *close; /* ... with what it is called on */
	const char *ends;  /* how the program learns of the end of a stream: a clause */
	bool keeps_open;   /* what it calls freeing does not close the socket */
	bool opens;        /* it also opens for the program, which must close all the same */
	const char *
		end_handler; /* what gets the end and nothing else, "the event callback"; or NULL */
	const char *by_itself; /* when it closes unasked: a clause; NULL: never */
	bool pauses;           /* it reads to the end, unless setAutoRead(false) stops it */
};

/* One of a language's. */
struct script_library {
	const char *part; /* of the paths of its sources, or of its modules in native code */
	struct reading_library library;
};

/*
 * A function that dispatches events: its last part, as "run" of Loop.run; * at its end: any that
 * begins so. WHERE: a part of its source's path.
 */
struct dispatching {
	const char *function;
	const char *where;
};

/* What functions of a machine do that are known by their names, in C. */
enum machine_role {
	MACHINE_TEARS_DOWN, /* runs what is left to run when a program ends */
	MACHINE_ENDS_RUN,   /* the same at the end of one run: runs_many() */
	MACHINE_RUNS,       /* runs a program and, by a second call, tears it down: distributions
			       strip the names of what it calls for that */
	MACHINE_STANDS_IN,  /* for functions that are not compiled yet: comes and goes */
	MACHINE_BEGINS,     /* a run of its own: whoever called it may be no caller */
	MACHINE_ROLES,
};

struct language {
	const char *name;    /* as recordings spell it: "python" */
	const char *spelled; /* "Python" */
	const char *machine; /* what runs it: "the Python interpreter" */
	/* Where none of its frames are visible: which ones are, and what helps. A sentence. */
	const char *invisible;
	/* The recorder in a process reads its frames. The one in the kernel reads Python's. */
	bool is_recorded;
	/*
	 * How the names of the machine's files begin, up to a version: "python3" is python3 and
	 * python3.11. Ended by NULL.
	 */
	const char *const *files;
	/*
	 * ... and parts of the paths of modules in native code that come with it, ended by NULL.
	 * NULL: there are none.
	 */
	const char *const *extensions;
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
	/* Ended by one without a function, or a part. NULL: none are known. */
	const struct dispatching *dispatching;
	const struct script_library *reading;
	/*
	 * The machine's functions in each role, without parameters; * at the end: any that begins
	 * so. Ended by NULL. NULL: none are known.
	 */
	const char *const *machine_functions[MACHINE_ROLES];
	/*
	 * May the process of EXECUTABLE (a path), started by COMMAND (each argument ends with a
	 * NUL, the last with two), run one program after another? NULL: a run's end is the
	 * process's.
	 */
	bool (*runs_many)(const char *executable, const char *command);
	/*
	 * Where a project has its sources, where their names begin at the package: folders with
	 * their slash, ended by NULL. NULL: names are paths.
	 */
	const char *const *source_roots;
	struct closing_words closing;
	const char *stack_command; /* prints where the threads of process PID are; NULL: unknown */
};

extern const struct language language_dotnet;
extern const struct language language_erlang;
extern const struct language language_java;
extern const struct language language_javascript;
extern const struct language language_lua;
extern const struct language language_perl;
extern const struct language language_php;
extern const struct language language_python;
extern const struct language language_ruby;

/*
 * The language that recordings call NAME; "": Python, which is the only one of older recordings.
 * An unknown one is a language of which nothing is known. Never NULL.
 */
const struct language *language_named(const char *name);

/* The language whose machine, or extension of it, the file at path MODULE is; NULL: none. */
const struct language *language_of_machine(const char *module);

/*
 * The language whose machine FUNCTION (NULL unknown) in the file at path MODULE belongs to: by its
 * file, and where that is a name that others have, by the function; NULL: none.
 */
const struct language *language_of_engine(const char *module, const char *function);

/*
 * Is FUNCTION (NULL unknown) in the file at path MODULE surely the machine's, because no program
 * that only has the file's name would call a function so?
 */
bool language_is_engine(const char *module, const char *function);

/* How the library is called that LANGUAGE brings along, if PATH is a source of it; else NULL. */
const char *language_built_in(const struct language *language, const char *path);

/* Is FUNCTION, of whatever machine, one with ROLE? */
bool language_machine_has(enum machine_role role, const char *function);

/*
 * Does FUNCTION of a machine run what is left to run when the process of EXECUTABLE ends, which
 * COMMAND started (as in a recording)?
 */
bool language_machine_ends(const char *function, const char *executable, const char *command);

/* Does FUNCTION, with or without parameters, have NAME? "run*": any that begins so. */
bool language_is_function(const char *function, const char *name);

/* Is the source or module at PATH one of LANGUAGE's library, or of an installed package? */
bool language_is_library(const struct language *language, const char *path);

#endif
