/* SPDX-License-Identifier: MIT */
/* A str as UTF-8. Signal-safe. */
#ifndef FINLEAK_PYTHON_TEXT_H
#define FINLEAK_PYTHON_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include "preload/runtimes/python/python_layouts.h"

/*
 * Stores the str OBJECT in TEXT, NUL-terminated, cut to ROOM bytes and at a NUL of its own. Bytes
 * that Python could not decode (surrogateescape: file names in another encoding) become what they
 * were. *length gets the bytes. False: OBJECT is no str.
 */
bool python_text(const struct python_layout *layout, const void *object, char *text, size_t room,
		 size_t *length);

/* Would python_text() with this ROOM give the LENGTH bytes at TEXT? */
bool python_text_is(const struct python_layout *layout, const void *object, const char *text,
		    size_t length, size_t room);

#endif
