/* SPDX-License-Identifier: MIT */
/* The environment that puts the recorder into a program. */
#ifndef FINLEAK_LAUNCH_ENVIRONMENT_H
#define FINLEAK_LAUNCH_ENVIRONMENT_H

#include <stdbool.h>

/*
 * A copy of our environment with LIBRARY first in LD_PRELOAD and recordings=FOLDER (absolute) last
 * in FINLEAK_OPTIONS, behind MAKER (recording_maker_address()); FINLEAK_COMMAND is this program.
 * SANITIZER ("" none) is a sanitizer's runtime that must come before LIBRARY. SHARED: the folder
 * may be another user's. SCRIPT_FRAMES: the recorder asks node where its code is. End with
 * launch_environment_free.
 */
char **launch_environment(const char *library, const char *sanitizer, const char *folder,
			  const char *maker, bool shared, bool script_frames);
void launch_environment_free(char **environment);

/* Can LD_PRELOAD name LIBRARY? Colons and blanks separate its parts; there is no escape. */
bool launch_environment_can_name(const char *library);

#endif
