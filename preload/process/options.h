/* SPDX-License-Identifier: MIT */
/* FINLEAK_OPTIONS: the options of the recorder. Documented in libfinleak(7). */
#ifndef FINLEAK_OPTIONS_H
#define FINLEAK_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include "preload/recording/recording_maker.h"

struct options {
	char recordings[PATH_MAX]; /* folder, absolute */
	unsigned int frames;       /* kept of each stack */
	bool unix_sockets;         /* AF_UNIX stream and seqpacket sockets too */
	bool share_folder;         /* it may be another user's, or a link */
	bool script_frames;        /* node is asked where its code is, and who connects */
	bool under_run;            /* `finleak run` reports which processes are not recorded */
	bool folder_is_closed;     /* this process may not create files in it */
	char maker[RECORDING_MAKER_MAX]; /* ... and creates files (recording_maker.h); "": not */
};

extern struct options options;

/*
 * Reads TEXT ("key=value:key=value", \: for a colon in a value; NULL: all defaults). What is wrong
 * with it is reported once, in one line on stderr, and the rest holds. *Start-up only.*
 */
void options_read(const char *text);

/* Do the options TEXT (NULL: none) name the folder of recordings that is ours? Signal-safe. */
bool options_name_our_folder(const char *text);

#endif
