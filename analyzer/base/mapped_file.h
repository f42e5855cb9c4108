/* SPDX-License-Identifier: MIT */
/* The files whose code a process has mapped, by /proc/PID/maps. */
#ifndef FINLEAK_MAPPED_FILE_H
#define FINLEAK_MAPPED_FILE_H

#include <stdbool.h>
#include <stdint.h>

/* [START, END) of the memory has the bytes of a file from OFFSET on, executable. */
struct mapped_file {
	uint64_t start, end, offset;
	const char *path; /* as the process sees it; into the line */
};

/* Takes LINE of maps apart. False: it maps no file executable. */
bool mapped_file_parse(const char *line, struct mapped_file *mapped);

/*
 * Opens what MAPPED of process PID is for reading: the file itself, whatever its name is by now;
 * or, without the rights, by its name as the process sees it. Returns the descriptor, or -1. It may
 * be of any kind of file.
 */
int mapped_file_open(int pid, const struct mapped_file *mapped);

#endif
