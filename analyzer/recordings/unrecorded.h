/* SPDX-License-Identifier: MIT */
/* A process that ran under `finleak run` and left no recording. */
#ifndef FINLEAK_UNRECORDED_H
#define FINLEAK_UNRECORDED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct unrecorded {
	int pid;
	char command[64]; /* the name of its program; "" unknown */
	char reason[256]; /* why, and what helps: "it is statically linked (link it ...)" */
	uint64_t run;     /* of the folder, from 1; 0 unknown */
	bool no_sockets;  /* samples found it, and no TCP sockets in it: nothing is missing */
	bool intercepted; /* another library took its calls: it matters if its recording has none */
	double seen_ms;   /* from the first sample that found it to the last */
};

#endif
