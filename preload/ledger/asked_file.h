/* SPDX-License-Identifier: MIT */
/*
 * The file of a recording, created by `finleak run` for a process that can't create it
 * (recording/recording_maker.h). Signal-safe; errno stays. No answer within seconds is a refusal.
 */
#ifndef FINLEAK_ASKED_FILE_H
#define FINLEAK_ASKED_FILE_H

#include <stdbool.h>
#include "preload/recording/recording.h"
#include "preload/recording/recording_maker.h"

struct asked_file {
	int maker; /* the connection; -1: none */
	int fd;    /* the file */
};

/*
 * Asks MAKER ("ADDRESS.KEY"; "": nobody is there) for a file for process PID, called NAME. False:
 * it refuses. The caller owns both descriptors, which are close-on-exec; once the connection is
 * closed the file stays only if it was published.
 */
bool asked_file_create(const char *maker, const char *name, int pid, struct asked_file *file);

/* The file is whole. False: it got no name; else the recording's name is in NAME. */
bool asked_file_publish(const struct asked_file *file, char name[RECORDED_FILE_NAME_MAX]);

#endif
