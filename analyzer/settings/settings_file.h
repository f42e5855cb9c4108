/* SPDX-License-Identifier: MIT */
/* Which settings file holds for a run of finleak. */
#ifndef FINLEAK_SETTINGS_FILE_H
#define FINLEAK_SETTINGS_FILE_H

#include "analyzer/settings/toml_reader.h"

#define SETTINGS_NAME "finleak.toml"

struct settings_file {
	char *path; /* NULL: there is none */
	struct toml_document document;
};

/*
 * Reads the file NAMED or, if that is NULL, the nearest finleak.toml in the working folder and
 * those above it. A file that was found must belong to the user, to root or to who called sudo:
 * above a folder anybody may have put one that keeps leaks quiet. One that can't be read, is no
 * TOML or is somebody else's ends finleak with 125 and one line on stderr. End with
 * settings_file_clear.
 */
void settings_file_read(struct settings_file *file, const char *named);
void settings_file_clear(struct settings_file *file);

#endif
