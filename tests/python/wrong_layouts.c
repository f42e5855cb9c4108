/* SPDX-License-Identifier: MIT */
/*
 * In the place of preload/runtimes/python/python_layouts.c: the same tables, of which one field is
 * wrong. Which one and by how much is in the environment: WRONG_FIELD, counted in 16 bits
 * behind `runs`, and WRONG_BY.
 */
#include <stddef.h>
#include <stdlib.h>

const struct python_layout *right_layout_of(unsigned int minor);
#define python_layout_of right_layout_of
#include "preload/runtimes/python/python_layouts.c"
#undef python_layout_of

const struct python_layout *python_layout_of(unsigned int minor);

/* A table agrees with itself: its sizes cover its fields. */
static void cover(uint16_t *size, uint16_t field)
{
	if (*size < field + sizeof(void *))
		*size = (uint16_t)(field + sizeof(void *));
}

const struct python_layout *python_layout_of(unsigned int minor)
{
	static struct python_layout wrong;
	const struct python_layout *right = right_layout_of(minor);
	const char *field = getenv("WRONG_FIELD"), *by = getenv("WRONG_BY");
	size_t place = offsetof(struct python_layout, thread_frame);

	if (!right || !field || !by)
		return right;
	wrong = *right;
	place += strtoul(field, NULL, 10) * sizeof(uint16_t);
	if (place + sizeof(uint16_t) <= sizeof(wrong))
		*(uint16_t *)(void *)((char *)&wrong + place) += (uint16_t)strtol(by, NULL, 10);
	cover(&wrong.frame_size, wrong.frame_code);
	cover(&wrong.frame_size, wrong.frame_previous);
	cover(&wrong.frame_size, wrong.frame_instruction);
	cover(&wrong.frame_size, wrong.frame_owner);
	cover(&wrong.frame_size, wrong.frame_entry);
	cover(&wrong.code_size, wrong.code_first_line);
	cover(&wrong.code_size, wrong.code_file);
	cover(&wrong.code_size, wrong.code_function);
	cover(&wrong.code_size, wrong.code_lines);
	cover(&wrong.code_size, wrong.code_first_traceable);
	return &wrong;
}
