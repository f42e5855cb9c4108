/* SPDX-License-Identifier: MIT */
/* The environment that puts the recorder into a program. */
#ifndef FINLEAK_LAUNCH_ENVIRONMENT_H
#define FINLEAK_LAUNCH_ENVIRONMENT_H

#include <stdbool.h>

/*
 * This process's environment with LIBRARY in front of LD_PRELOAD and recordings=FOLDER (absolute)
 * at the end of FINLEAK_OPTIONS. SANITIZER ("" none) is the name of a sanitizer's runtime that has
 * to come before it. The caller frees it with launch_environment_free.
 */
char **launch_environment(const char *library, const char *sanitizer, const char *folder);
void launch_environment_free(char **environment);

/* LD_PRELOAD separates its parts by colons and blanks and knows no escape. */
bool launch_environment_can_name(const char *library);

#endif
