/* SPDX-License-Identifier: MIT */
/*
 * What Ctrl-C must not leave behind: half a report in a file, a line of progress on the terminal.
 * SIGINT, SIGTERM and SIGHUP then still end finleak, as the signal that they are; where one is
 * ignored (nohup) or has another handler it stays so. One thread's matter.
 */
#ifndef FINLEAK_INTERRUPTION_H
#define FINLEAK_INTERRUPTION_H

#include <stdbool.h>

/*
 * From now on an interruption deletes the file PATH, which stays where it is, or, where PATH is
 * NULL, empties the open file FD.
 */
void interruption_guard_file(int fd, const char *path);

/* The file is complete. */
void interruption_release_file(void);

/* IS_SHOWN: an interruption clears the terminal's current line on stderr. */
void interruption_guard_line(bool is_shown);

#endif
