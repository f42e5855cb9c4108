/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_CODE_MODULE_H
#define FINLEAK_CODE_MODULE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* A module as a recording knows it. */
struct code_module {
	const char *path; /* never NULL */
	const uint8_t *build_id;
	size_t build_id_size; /* at most RECORDED_BUILD_ID_MAX; 0: unknown, then file_size and
				 file_mtime_ns identify it */
	uint64_t file_size;
	int64_t file_mtime_ns;
	uid_t recorded_by; /* who claims all this */
};

#endif
