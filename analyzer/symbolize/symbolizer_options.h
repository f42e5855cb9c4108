/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_SYMBOLIZER_OPTIONS_H
#define FINLEAK_SYMBOLIZER_OPTIONS_H

#include <stdbool.h>

struct imported_names;

struct symbolizer_options {
	const char *sysroot;          /* module paths are looked up below it first; NULL none */
	const char *debug_dir;        /* further place for separate debug files; NULL none */
	const char **source_prefixes; /* "OLD=NEW", NULL-terminated list; NULL none */
	const struct imported_names *imported; /* are taken first; NULL none */
	bool in_process; /* names code in this process, without limits: for fuzzers and benchmarks
			  */
};

#endif
