/* SPDX-License-Identifier: MIT */
/* The sections of a recording: each checked against a rule, then read as a table. */
#ifndef FINLEAK_RECORDING_SECTIONS_H
#define FINLEAK_RECORDING_SECTIONS_H

#include "analyzer/recordings/recording_bytes.h"

/*
 * Reads section ID into a zeroed array of its own with room for EXTRA more bytes: *rows, *count
 * (rows). The rows are in the file's order; *first is where a ring's oldest one is. Of a section
 * that may be inherited, the rows of this file alone, and *first is the index of their first.
 */
bool recording_load_section(struct recording_file *file, unsigned int id, size_t extra, void **rows,
			    size_t *count, uint64_t *first);

/*
 * Reads SIZE bytes of section ID as they are in the file now, from byte AT of the section on, which
 * recording_load_section() has read. Where in the file they are is known here alone: a section may
 * lie in two pieces.
 */
bool recording_read_section(struct recording_file *file, unsigned int id, uint64_t at, void *buffer,
			    uint64_t size);

/* Bytes of a row of section ID as recording_load_section() gives it. */
size_t recording_record_size(unsigned int id);

#endif
