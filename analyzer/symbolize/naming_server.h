/* SPDX-License-Identifier: MIT */
/*
 * What a process that names code does (naming_process.h): it answers what finleak asks, one message
 * after the other, until finleak closes the socket.
 */
#ifndef FINLEAK_NAMING_SERVER_H
#define FINLEAK_NAMING_SERVER_H

#include <sys/types.h>

#include "analyzer/symbolize/symbolizer_options.h"

/* So many lines of source come at once, at most. */
#define NAMING_LINES_MAX 64u

/* What a message to it begins with. */
enum request {
	REQUEST_NAMES,
	REQUEST_SOURCE_LINES,
};

/* ... and one from it. */
enum reply {
	REPLY_DONE,
	REPLY_DOWNLOADING, /* more follows */
};

/*
 * Becomes separate from finleak and answers on socket FD, with the rights of USER where finleak's
 * exceed them. In a child that was just forked; ends it.
 */
_Noreturn void naming_server(int fd, const struct symbolizer_options *options, uid_t user);

#endif
