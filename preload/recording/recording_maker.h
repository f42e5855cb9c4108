/* SPDX-License-Identifier: MIT */
/*
 * `finleak run` creates the files of recordings for processes that can't: they have changed their
 * user or their root. What they ask it by, over a SOCK_SEQPACKET socket with an abstract name:
 *
 *	-> struct recording_request       its name, and the key that its environment has
 *	<- one byte, and the open file    NAME.PID.N.starting (SCM_RIGHTS)
 *	-> one byte                       the file is whole
 *	<- RECORDED_FILE_NAME_MAX bytes   the recording's name, NUL-padded; none: no name was free
 *
 * Whoever hangs up before the last leaves no file behind.
 */
#ifndef FINLEAK_RECORDING_MAKER_H
#define FINLEAK_RECORDING_MAKER_H

#include <stdint.h>

/* FINLEAK_OPTIONS has maker=ADDRESS.KEY, each so many hexadecimal digits. */
#define RECORDING_MAKER_DIGITS 16
/* ADDRESS ends with its process id: who asks compares it with the one that listens (SO_PEERCRED).
 */
#define RECORDING_MAKER_PID_DIGITS 8
#define RECORDING_MAKER_MAX        (2 * RECORDING_MAKER_DIGITS + 2)

#define RECORDING_MAKER_PREFIX "finleak." /* of the socket's name, before ADDRESS */

/* The first bytes of a file's name: those of the process. */
#define RECORDED_PROCESS_NAME_MAX 16

struct recording_request {
	char key[RECORDING_MAKER_DIGITS];
	char name[RECORDED_PROCESS_NAME_MAX]; /* of the process; NUL-padded */
	int32_t pid;                          /* as it sees itself */
};

#endif
