/* SPDX-License-Identifier: MIT */
/*
 * What makes node write down where its compiled code is, and load what names who asks for a
 * connection: options in the environment of the process that is node, before node reads them.
 */
#ifndef FINLEAK_NODE_H
#define FINLEAK_NODE_H

#include <stdbool.h>

/*
 * Puts what is missing into NODE_OPTIONS if this process is node, ARGV and the value GIVEN that
 * NODE_OPTIONS has (NULL: none) allow it, and finleak-node.js is visible here, which takes it out
 * again. *MAP: was node asked for the map of its code, which its user has not asked for? False:
 * nothing was changed. *Start-up only*: allocates.
 */
bool node_ask(char *const *argv, const char *given, bool *map);

#endif
