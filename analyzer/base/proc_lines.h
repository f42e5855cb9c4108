/* SPDX-License-Identifier: MIT */
/* The lines of a text file that /proc has of a process, such as maps and status. */
#ifndef FINLEAK_PROC_LINES_H
#define FINLEAK_PROC_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct proc_lines {
	FILE *file;
	char *line;
	size_t room;
	char delimiter;
};

/*
 * Opens /proc/PID/NAME, whose lines end with DELIMITER ('\0' for environ). False, with errno: it
 * can't be opened. End with proc_lines_close(), which is not needed then.
 */
bool proc_lines_open(struct proc_lines *lines, int pid, const char *name, char delimiter);

/* The next line, without its delimiter, until the next call; NULL: there is none. */
char *proc_lines_next(struct proc_lines *lines);

void proc_lines_close(struct proc_lines *lines);

/* Does a line of /proc/PID/NAME match WHAT? False where it can't be read, too. */
bool proc_lines_any(int pid, const char *name, bool (*matches)(const char *line, const void *what),
		    const void *what);

#endif
