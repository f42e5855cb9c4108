/* SPDX-License-Identifier: MIT */
/* Lines of source files, for excerpts. Each file is read once. */
#ifndef FINLEAK_SOURCE_LINES_H
#define FINLEAK_SOURCE_LINES_H

struct source_lines;

/* SYSROOT (NULL none) is searched first. Free it with source_lines_free(). */
struct source_lines *source_lines_new(const char *sysroot);
void source_lines_free(struct source_lines *sources);

/*
 * Line NUMBER (from 1) of FILE, without its line end; NULL where there is no such line or no such
 * regular file. The string lives as long as SOURCES.
 */
const char *source_line(struct source_lines *sources, const char *file, unsigned int number);

#endif
