/* SPDX-License-Identifier: MIT */
/* Functions of Python that yield: their with statements end only once they do. */
#ifndef FINLEAK_GENERATORS_H
#define FINLEAK_GENERATORS_H

#include "analyzer/symbolize/symbolize.h"

enum generator {
	GENERATOR_NOT, /* or unknown */
	GENERATOR,
	GENERATOR_ASYNC,
};

/*
 * Is the function of FRAME (NULL: none) a generator, by its source? Not one that a decorator turns
 * into something else, such as a context manager.
 */
enum generator generator_of(const struct frame *frame, struct symbolizer *symbolizer);

#endif
