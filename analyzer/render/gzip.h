/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_GZIP_H
#define FINLEAK_GZIP_H

#include <stddef.h>
#include <stdio.h>

/* Writes SIZE BYTES to OUT as a file of gzip. */
void gzip_write(FILE *out, const void *bytes, size_t size);

#endif
