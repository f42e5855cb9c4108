/* SPDX-License-Identifier: MIT */
#include "analyzer/script_stacks/python_names.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/script_stacks/process_memory.h"
#include "preload/runtimes/python/python_lines.h"
#include "preload/runtimes/python/python_memory.h"
#include "preload/runtimes/python/python_spelling.h"

/* Large enough for what each layout reads. */
#define CODE_SIZE 256
#define TEXT_SIZE 128

/* A function with more is generated, and its line of no use. */
#define LINES_MAX (1 << 20)

static bool read_text(struct python_process *python, uint64_t address, char *text, size_t room)
{
	const struct python_layout *layout = &python->layout;
	uint32_t copy[PYTHON_FILE_ROOM];
	struct python_characters from;
	char object[TEXT_SIZE];

	if (!python_process_object(python, PYTHON_PROCESS_TEXT, address, object,
				   layout->ascii_size) ||
	    !python_characters(layout, object, address, room - 1, &from) ||
	    !process_memory_read(python->task, from.start, copy, from.count * from.width))
		return false;
	python_spell(copy, from.count, from.width, text, room);
	return true;
}

/* 0: unknown. */
static unsigned int read_line(struct python_process *python, const void *code, uint32_t at)
{
	const struct python_layout *layout = &python->layout;
	uint64_t lines = (uint64_t)python_word(code, layout->code_lines);
	char object[BYTES_TEXT];
	unsigned int line = 0;
	uint8_t *table;
	size_t used;
	int64_t size;

	if (!python_process_object(python, PYTHON_PROCESS_BYTES, lines, object, sizeof(object)))
		return 0;
	size = python_word(object, BYTES_SIZE);
	if (size < 0 || size > LINES_MAX)
		return 0;
	table = allocate_zeroed((size_t)size + 1, 1);
	if (process_memory_read(python->task, lines + BYTES_TEXT, table, (size_t)size))
		line = python_line_at(layout->line_table, table, (size_t)size,
				      python_int(code, layout->code_first_line), at, &used);
	free(table);
	return line;
}

bool python_name_of(struct python_process *python, uint64_t code, uint32_t at,
		    struct python_name *name)
{
	const struct python_layout *layout = &python->layout;
	char object[CODE_SIZE];

	if (!python_process_object(python, PYTHON_PROCESS_CODE, code, object, layout->code_size) ||
	    !read_text(python, (uint64_t)python_word(object, layout->code_file), name->file,
		       sizeof(name->file)) ||
	    !read_text(python, (uint64_t)python_word(object, layout->code_function), name->function,
		       sizeof(name->function)))
		return false;
	name->line = read_line(python, object, at);
	return true;
}
