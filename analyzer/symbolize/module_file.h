/* SPDX-License-Identifier: MIT */
/*
 * Finds the files of a recorded module and opens them for libdwfl: the module itself where it is
 * still the one that was recorded, and its separate debug file.
 */
#ifndef FINLEAK_MODULE_FILE_H
#define FINLEAK_MODULE_FILE_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include "analyzer/symbolize/code_module.h"

enum module_file_found {
	MODULE_FILE_SAME, /* the recorded file, with its separate debug file if there is one */
	MODULE_FILE_DEBUG_ONLY, /* only a separate debug file with the recorded build-id */
	MODULE_FILE_CHANGED,    /* a file is there, but another one than was recorded */
	MODULE_FILE_NONE,
};

struct module_file {
	enum module_file_found found;
	bool changed;        /* a file other than the recorded one was passed over */
	Dwfl *dwfl;          /* holds only this module; NULL where nothing was found */
	Dwfl_Module *module; /* addresses are those of the file's symbol table */
};

/* Where work that may take any time is shown. */
struct module_waits {
	/* PATH: debug information of this module is being downloaded; NULL: no longer. */
	void (*download)(void *context, const char *path);
	void *context;
};

/* Where to look. Strings are owned. */
struct module_places {
	char *sysroot;        /* NULL none */
	char *debuginfo_path; /* as dwfl_standard_find_debuginfo takes it */
	char *debuginfod;     /* DEBUGINFOD_URLS; NULL none */
	struct module_waits waits;
	Dwfl_Callbacks callbacks;
	Dwfl_Callbacks callbacks_of_symbols; /* never a file beside the module's own */
};

/*
 * SYSROOT, DEBUG_DIR and WAITS may be NULL. PLACES must stay where it is until all files are
 * closed. Takes DEBUGINFOD_URLS out of the environment, so that libdwfl does not download by
 * itself.
 */
void module_places_set(struct module_places *places, const char *sysroot, const char *debug_dir,
		       const struct module_waits *waits);
void module_places_clear(struct module_places *places);

/*
 * Opens the files of MODULE; end with module_file_close(). SYMBOLS_ONLY: none but the module
 * itself. What is opened adds to what this process may use: naming_limits.h.
 */
void module_file_open(struct module_places *places, const struct code_module *module,
		      bool symbols_only, struct module_file *file);
void module_file_close(struct module_file *file);

#endif
