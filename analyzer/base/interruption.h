/* SPDX-License-Identifier: MIT */
/*
 * Cleans up when SIGINT, SIGTERM or SIGHUP ends finleak: an incomplete report in a file, a line of
 * progress on the terminal. The signal then has its default effect. A signal that is ignored
 * (nohup) or has another handler is left alone. Call from one thread only.
 */
#ifndef FINLEAK_INTERRUPTION_H
#define FINLEAK_INTERRUPTION_H

#include <stdbool.h>

/*
 * From now on an interruption deletes the file PATH (not copied: it must outlive the guard) or, if
 * PATH is NULL, truncates the open file FD.
 */
void interruption_guard_file(int fd, const char *path);

/* The file is complete. */
void interruption_release_file(void);

/* IS_SHOWN: an interruption clears the current line of the terminal on stderr. */
void interruption_guard_line(bool is_shown);

#endif
