/* SPDX-License-Identifier: MIT */
/* Whether a process without a recording has what should have been recorded. */
#ifndef FINLEAK_UNRECORDED_SOCKETS_H
#define FINLEAK_UNRECORDED_SOCKETS_H

#include <stdbool.h>
#include <sys/types.h>

enum unrecorded_sockets {
	SOCKETS_NONE, /* or it has ended */
	SOCKETS_TCP,
	SOCKETS_REFUSED, /* its descriptors can't be listed, and it runs with other rights than ours
			  */
};

enum unrecorded_sockets unrecorded_sockets(pid_t pid);

/* Does the image that PID runs map a recording that is in FOLDER? */
bool process_maps_recording(pid_t pid, const char *folder);

#endif
