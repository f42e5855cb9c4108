/* SPDX-License-Identifier: MIT */
/*
 * The processes that read files for a symbolizer: one for each user whose rights are less than
 * finleak's own. One that has failed is replaced, a few times.
 */
#ifndef FINLEAK_NAMING_READERS_H
#define FINLEAK_NAMING_READERS_H

#include <stddef.h>
#include <sys/types.h>

#include "analyzer/symbolize/naming_process.h"

struct naming_readers;

/*
 * WARN gets CONTEXT and a text for the user, which it frees, when there is to be no process any
 * more. OPTIONS must live as long. End with naming_readers_free().
 */
struct naming_readers *naming_readers_new(const struct symbolizer_options *options,
					  void (*warn)(void *context, char *text), void *context);
void naming_readers_free(struct naming_readers *readers);

/* The place of the reader for USER, which is added if it is new. */
size_t naming_reader_of(struct naming_readers *readers, uid_t user);

/* How many there are. */
size_t naming_readers_count(const struct naming_readers *readers);

/* The process of READER, started if there is none; NULL: there is none any more. */
struct naming_process *naming_reader_process(struct naming_readers *readers, size_t reader);

/* The process of READER has failed. */
void naming_reader_failed(struct naming_readers *readers, size_t reader);

#endif
