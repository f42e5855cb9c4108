/* SPDX-License-Identifier: MIT */
/* The line of an instruction, from a code object's line table. Signal-safe. */
#ifndef FINLEAK_PYTHON_LINES_H
#define FINLEAK_PYTHON_LINES_H

#include <stddef.h>
#include <stdint.h>
#include "preload/runtimes/python/python_layouts.h"

/*
 * The line of the instruction at byte AT of its code, which begins on line FIRST; 0 where it has
 * none. TABLE of SIZE bytes is read no further than *used.
 */
uint32_t python_line_at(enum python_line_table kind, const uint8_t *table, size_t size,
			int32_t first, uint32_t at, size_t *used);

#endif
