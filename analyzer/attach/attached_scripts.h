/* SPDX-License-Identifier: MIT */
/* When a process is searched for an interpreter whose scripts' frames can be read. */
#ifndef FINLEAK_ATTACHED_SCRIPTS_H
#define FINLEAK_ATTACHED_SCRIPTS_H

#include "analyzer/attach/attached_process.h"

/*
 * Searches PROCESS, if it may have one that was not found yet: at first, while a program python*
 * starts, and when code of a new module at PATH (NULL: none) has run. Where it has one,
 * process->python_news is set.
 */
void attached_scripts_search(struct attached_process *process, const char *path);

#endif
