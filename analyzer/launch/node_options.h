/* SPDX-License-Identifier: MIT */
/*
 * What makes node write down where its compiled code is, so that JavaScript's frames have names.
 */
#ifndef FINLEAK_NODE_OPTIONS_H
#define FINLEAK_NODE_OPTIONS_H

#include <stdbool.h>

/*
 * The variable NODE_OPTIONS=..., for the caller to free: what the user has set, and what is missing
 * of --perf-basic-prof and --interpreted-frames-native-stack; and --require of what names who asked
 * for a connection, where that is beside the recorder LIBRARY.
 */
char *node_options_variable(const char *library);

/* Is it finleak that asks node for the map, not the user's own NODE_OPTIONS? */
bool node_options_ask_for_map(void);

/*
 * Does ARGV, or the user's NODE_OPTIONS, have an option with which node refuses what finleak adds:
 * one that restricts which files it may load, or that names a snapshot made without it?
 */
bool node_options_refuse(char *const *argv);

/* Does the ELF file EXECUTABLE read NODE_OPTIONS, by its name? */
bool node_options_concern(const char *executable);

/* What finleak adds, for the user: "--perf-basic-prof ..." */
extern const char node_options_added[];

#endif
