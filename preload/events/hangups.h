/* SPDX-License-Identifier: MIT */
/*
 * Whether epoll has just reported that a connection is closed in both directions, which a reset
 * does at once. What a thread then takes out of its set may be that connection: only then the
 * kernel is asked. Loops take sockets out after each request, and before each close.
 */
#ifndef FINLEAK_HANGUPS_H
#define FINLEAK_HANGUPS_H

#include <stdbool.h>

/* Was EPOLLHUP among what epoll reported to this thread last? note_reported() notes it. */
extern __thread bool hangup_reported
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

#endif
