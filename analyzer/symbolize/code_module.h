/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_CODE_MODULE_H
#define FINLEAK_CODE_MODULE_H

#include <stddef.h>
#include <stdint.h>

/* A module as a recording knows it. */
struct code_module {
	const char *path;
	const uint8_t *build_id;
	size_t build_id_size; /* 0: unknown, then file_size and file_mtime_ns identify it */
	uint64_t file_size;
	int64_t file_mtime_ns;
};

#endif
