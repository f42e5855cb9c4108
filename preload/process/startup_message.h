/* SPDX-License-Identifier: MIT */
/* What the recorder prints before the program begins: one line on its standard error. */
#ifndef FINLEAK_STARTUP_MESSAGE_H
#define FINLEAK_STARTUP_MESSAGE_H

/*
 * Prints "finleak: BEFORE 'TEXT' AFTER" as one line, straight to descriptor 2. TEXT may be
 * anything: control characters are escaped, and it is cut at about 200 bytes. *Start-up only.*
 */
void startup_message(const char *before, const char *text, const char *after);

#endif
