/* SPDX-License-Identifier: MIT */
/*
 * What an event changes in the ledger of its process: the same as the recorder in a process would
 * have noted. Events come in the order in which they happened.
 */
#ifndef FINLEAK_ATTACHED_EVENTS_H
#define FINLEAK_ATTACHED_EVENTS_H

#include "analyzer/attach/attached_process.h"

/* socket(), accept(), connect(), listen() have returned. */
void attached_opened(struct attached_process *process, const struct attach_event *event);
void attached_accepted(struct attached_process *process, const struct attach_event *event);
void attached_connected(struct attached_process *process, const struct attach_event *event);
void attached_listening(struct attached_process *process, const struct attach_event *event);

/* getsockopt(SO_ERROR) has returned the error RESULT, or 0. */
void attached_asked_error(struct attached_process *process, const struct attach_event *event);

/* A socket came in by a message of another process, or went out by one. */
void attached_passed(struct attached_process *process, const struct attach_event *event);
void attached_sent(struct attached_process *process, const struct attach_event *event);

/* A call that reads, or writes, has met the end of the stream or an error. */
void attached_read(struct attached_process *process, const struct attach_event *event);
void attached_written(struct attached_process *process, const struct attach_event *event);

/* shutdown() is about to begin; it has returned. */
void attached_shutting(struct attached_process *process, const struct attach_event *event);
void attached_shut(struct attached_process *process, const struct attach_event *event);

/* Bytes were read from a socket, or written to it: the first, or a sample. */
void attached_moved(struct attached_process *process, const struct attach_event *event);

/* epoll_ctl() has returned. */
void attached_registered(struct attached_process *process, const struct attach_event *event);

/* POLLER waits, or has waited, on the epoll descriptor EPOLL. PROCESS has a recording. */
void attached_polled(const struct attached_process *process, int epoll,
		     const struct attach_poller *poller);

/* io_uring_setup() has returned. */
void attached_has_ring(struct attached_process *process, const struct attach_event *event);

/* Descriptors are about to be closed. */
void attached_closing(struct attached_process *process, const struct attach_event *event);
void attached_closing_range(struct attached_process *process, const struct attach_event *event);

/* The process ends, and has the socket open. */
void attached_open_at_exit(struct attached_process *process, const struct attach_event *event);

/* dup() and its relatives have returned. */
void attached_duplicated(struct attached_process *process, const struct attach_event *event);

#endif
