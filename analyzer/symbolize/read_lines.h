/* SPDX-License-Identifier: MIT */
/* The lines of source that a symbolizer was asked for, each read once. */
#ifndef FINLEAK_READ_LINES_H
#define FINLEAK_READ_LINES_H

#include "analyzer/symbolize/code_names.h"
#include "analyzer/symbolize/frame_names.h"
#include "analyzer/symbolize/naming_readers.h"

struct read_lines;

/*
 * Files are read in this process by HERE, or if that is NULL by READERS. All arguments must live as
 * long. End with read_lines_free().
 */
struct read_lines *read_lines_new(const struct symbolizer_options *options, struct code_names *here,
				  struct naming_readers *readers, struct frame_names *names);
void read_lines_free(struct read_lines *lines);

/* As symbolizer_source_line(). */
const char *read_lines_find(struct read_lines *lines, const char *file, unsigned int number);

/* Calls TAKE with CONTEXT for each line that was asked for, and is there. */
void read_lines_each(const struct read_lines *lines,
		     void (*take)(void *context, const char *file, unsigned int number,
				  const char *line),
		     void *context);

#endif
