/* SPDX-License-Identifier: MIT */
/* Where a source defines what it names: functions, classes of scripts, variables. */
#ifndef FINLEAK_SOURCE_DEFINITIONS_H
#define FINLEAK_SOURCE_DEFINITIONS_H

#include "analyzer/source/source_words.h"

/* The class that LINE of a Python script begins to define; LENGTH 0: none. */
struct name python_class(const char *line);

/* The line that begins the class around line NUMBER of a script; 0: there is none. */
unsigned int class_around(const struct source *source, unsigned int number);

/*
 * The line that defines the function or class NAME, which line CALLED uses (0: any): the only one,
 * or that of the same class. 0: none does, or it is not clear which.
 */
unsigned int definition_of(const struct source *source, struct name name, unsigned int called);

/*
 * The method of a protocol that its library calls at the end of a connection, or else with bytes:
 * of the class that line CLASS begins, or of one that it names, as a factory does. 0: there is
 * none.
 */
unsigned int method_of_class(const struct source *source, unsigned int class);

/*
 * The line that defines METHOD of a class of C++, and *CLASS, which it is of (LENGTH 0: unknown).
 * 0: none does, or several do.
 */
unsigned int method_definition_of(const struct source *source, struct name method,
				  struct name *class);

/* The same, or else the line that defines the function NAME, which is of no class. */
unsigned int method_or_function_of(const struct source *source, struct name name,
				   struct name *class);

/* The last line in front of line BEFORE of a script that gives NAME a value; 0: none does. */
unsigned int assignment_of(const struct source *source, struct name name, unsigned int before);

#endif
