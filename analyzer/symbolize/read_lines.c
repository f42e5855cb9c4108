/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/read_lines.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/symbolize/imported_names.h"

struct read_line {
	UT_hash_handle hh;
	struct read_line_key {
		const char *file; /* kept */
		uint64_t number;
	} key;
	const char *line; /* kept; NULL none */
	bool is_wanted;   /* it was asked for, and did not only come along */
};

struct read_lines {
	const struct symbolizer_options *options;
	struct code_names *here;
	struct naming_readers *readers;
	struct frame_names *names;
	struct read_line *list;
};

struct read_lines *read_lines_new(const struct symbolizer_options *options, struct code_names *here,
				  struct naming_readers *readers, struct frame_names *names)
{
	struct read_lines *lines = allocate_zeroed(1, sizeof(*lines));

	*lines = (struct read_lines){ options, here, readers, names, NULL };
	return lines;
}

void read_lines_free(struct read_lines *lines)
{
	struct read_line *line, *next;

	HASH_ITER(hh, lines->list, line, next) {
		HASH_DEL(lines->list, line);
		free(line);
	}
	free(lines);
}

static struct read_line *find_line(const struct read_lines *lines, const char *file,
				   unsigned int number)
{
	struct read_line_key key;
	struct read_line *known;

	memset(&key, 0, sizeof(key));
	key.file = file;
	key.number = number;
	HASH_FIND(hh, lines->list, &key, sizeof(key), known);
	return known;
}

/* FILE is kept; LINE NULL: there is none. */
static struct read_line *add_line(struct read_lines *lines, const char *file, unsigned int number,
				  const char *line)
{
	struct read_line *known = find_line(lines, file, number);

	if (known)
		return known;
	known = allocate_zeroed(1, sizeof(*known));
	known->key.file = file;
	known->key.number = number;
	known->line = line ? frame_names_keep(lines->names, line) : NULL;
	HASH_ADD(hh, lines->list, key, sizeof(known->key), known);
	return known;
}

/*
 * Adds line NUMBER of FILE, which is kept, and lines behind it. False: none is added, since one of
 * the readers does not get at it.
 */
static bool ask_lines_from(struct read_lines *lines, const char *file, unsigned int number)
{
	const char *texts[NAMING_LINES_MAX];
	size_t count = 0, i, j;

	if (!naming_readers_count(lines->readers))
		naming_reader_of(lines->readers, geteuid());
	for (i = 0; i < naming_readers_count(lines->readers); i++) {
		struct naming_process *process = naming_reader_process(lines->readers, i);

		if (!process)
			return false;
		count = naming_process_source_lines(process, file, number, texts);
		if (!count)
			naming_reader_failed(lines->readers, i);
		if (!count || !texts[0])
			return false;
	}
	for (j = 0; j < count; j++) {
		unsigned int at = number + (unsigned int)j;
		const char *imported = imported_names_line(lines->options->imported, file, at);

		add_line(lines, file, at, imported ? imported : texts[j]);
	}
	return true;
}

/* Adds line NUMBER of FILE and those around it: from a call a function is read both ways. */
static void ask_lines(struct read_lines *lines, const char *file, unsigned int number)
{
	unsigned int first = number - (number - 1) % NAMING_LINES_MAX;

	/* Long lines are not all in one answer. */
	if (ask_lines_from(lines, file, first) && !find_line(lines, file, number))
		ask_lines_from(lines, file, number);
}

static struct read_line *read_line(struct read_lines *lines, const char *file, unsigned int number)
{
	const char *line = imported_names_line(lines->options->imported, file, number);

	if (!line && lines->here)
		line = code_names_source_line(lines->here, file, number);
	else if (!line)
		ask_lines(lines, file, number);
	return add_line(lines, file, number, line);
}

const char *read_lines_find(struct read_lines *lines, const char *file, unsigned int number)
{
	struct read_line *known;

	if (!file || !file[0] || number == 0)
		return NULL;
	file = frame_names_keep(lines->names, file);
	known = find_line(lines, file, number);
	if (!known)
		known = read_line(lines, file, number);
	known->is_wanted = true;
	return known->line;
}

void read_lines_each(const struct read_lines *lines,
		     void (*take)(void *context, const char *file, unsigned int number,
				  const char *line),
		     void *context)
{
	const struct read_line *known;

	for (known = lines->list; known; known = known->hh.next)
		if (known->line && known->is_wanted)
			take(context, known->key.file, (unsigned int)known->key.number,
			     known->line);
}
