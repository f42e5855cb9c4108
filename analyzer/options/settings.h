/* SPDX-License-Identifier: MIT */
/* Options from a settings file, and where each option's value comes from. */
#ifndef FINLEAK_SETTINGS_H
#define FINLEAK_SETTINGS_H

#include <argp.h>
#include <stdbool.h>

#include "analyzer/options/options.h"
#include "analyzer/settings/settings_file.h"

/*
 * Takes the settings of FILE for a verb called NAME with OPTIONS by TAKE, one after the other, as
 * if they stood in front of its command line; ASKED is TAKE's input. What the verb has no option
 * for is left out. An unknown one, or one of a wrong type or value, ends finleak with 125: file,
 * line, reason. FILE must outlive ASKED.
 */
void settings_take(const struct settings_file *file, const char *name,
		   const struct argp_option *options, argp_parser_t take, struct options *asked);

/* Keeps that KEY got ARGUMENT: from the line of the settings that is being taken, or else from the
 * command line. */
void settings_note_source(struct options *asked, int key, const char *argument);

/* Prints the value and the source of each setting that OPTIONS has, as a settings file. */
void settings_show(const struct options *asked, const struct argp_option *options);

#endif
