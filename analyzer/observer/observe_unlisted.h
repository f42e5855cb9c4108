/* SPDX-License-Identifier: MIT */
/*
 * Sockets of a process that are in no table of the kernel, or there without an owner: the kernel
 * is asked about each through a copy of its descriptor.
 */
#ifndef FINLEAK_OBSERVE_UNLISTED_H
#define FINLEAK_OBSERVE_UNLISTED_H

#include "analyzer/kernel_view/kernel_unlisted.h"
#include "analyzer/recordings/observation.h"
#include "preload/recording/recording.h"

/* A process that is asked; end with unlisted_source_clear. */
struct unlisted_source {
	int pid;
	int pidfd;  /* -1: not needed yet, or refused */
	bool asked; /* for pidfd */
};

void unlisted_source_clear(struct unlisted_source *source);

/* Fills UNLISTED with descriptor FD. False: it is no TCP socket, or no copy of it is to be had. */
bool observe_unlisted_open(struct unlisted_source *source, struct kernel_unlisted *unlisted,
			   int fd);

/* Takes a connection in state CLOSE. ACCEPTED: the peer had opened it. */
void observed_take_ended(struct observed_socket *socket, const struct kernel_unlisted *unlisted,
			 bool accepted);

enum unlisted_row {
	ROW_ALIVE,    /* connected: it is newer than the table */
	ROW_UNUSED,   /* never connected */
	ROW_ENDED,    /* in state CLOSE: closed for good while the descriptor is open */
	ROW_REFUSED,  /* in no table; the kernel does not let us ask for more */
	ROW_STOOD_IN, /* it is of another kind in the kernel: a library acts as if it were TCP */
	ROW_REPLACED, /* descriptor FD is another socket by now, or none */
};

/* Asks about ROW, which is descriptor FD, and fills UNLISTED; what is not known is 0. */
enum unlisted_row observe_unlisted(struct unlisted_source *source, struct kernel_unlisted *unlisted,
				   const struct recorded_socket *row, int fd);

#endif
