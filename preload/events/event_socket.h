/* SPDX-License-Identifier: MIT */
/*
 * What the events share: from a descriptor to its socket row. VISIT proves that its holder may use
 * the ledger. Signal-safe, any thread.
 */
#ifndef FINLEAK_EVENT_SOCKET_H
#define FINLEAK_EVENT_SOCKET_H

#include <stdbool.h>
#include <stdint.h>
#include "preload/ledger/socket_table.h"
#include "preload/process/visit.h"
#include "preload/recording/recording.h"

/*
 * Holds FD's row if FD is tracked and still the same kernel socket, which is asked; else adopts FD
 * if it is a socket of a kind that is tracked. None: nothing to note, or a vfork child asks. One
 * system call for a tracked descriptor. A number that changed hands unseen is given up here.
 */
struct held_socket event_socket(const struct visit *visit, int fd);

/*
 * As event_socket(), but takes the table's word for a tracked descriptor: no system call. For
 * events that a later one can put right.
 */
struct held_socket event_socket_known(const struct visit *visit, int fd);

/*
 * Holds FD's row if it is tracked; never adopts. An inherited one that was not verified yet is, by
 * a system call. None in a vfork child.
 */
struct held_socket event_socket_tracked(const struct visit *visit, int fd);

/*
 * Begins a row for FD, a socket of KIND known by COOKIE. Whatever FD was before has ended. Returns
 * a row for the caller to add to and to socket_publish(); or none.
 */
struct held_socket event_new_socket(const struct visit *visit, int fd, uint8_t kind,
				    uint64_t cookie, enum recorded_source source);

/*
 * Where the socket with this COOKIE is known by another number already, makes FD one more name of
 * it, made at STACK (0: unknown). False: it is not known.
 */
bool event_join_known(const struct visit *visit, int fd, uint64_t cookie, uint32_t stack);

/* FD is a new descriptor: what its number referred to ended unseen. Not by a vfork child. */
void event_forget_stale(const struct visit *visit, int fd);

/*
 * Is ENTRY, which was taken from FD and not verified yet, FD's still? Where it is not, it is given
 * up here. One system call for one that is not verified, else none.
 */
bool event_entry_holds(const struct visit *visit, int fd, struct descriptor_entry entry);

/*
 * Is ERROR the outcome of a connect() that is under way? Where it can only have ended a connection
 * that stood, of which the program never asked, the row's role is put right.
 */
bool event_connecting(struct held_socket held, int error);

/*
 * The program is about to end ROW's connection by FD, at NOW (ns), and no call has shown it that
 * the peer is gone: the kernel knows whether it is, and since when. One that is younger than
 * RECORDED_STUCK_NS can't have been stuck for long enough to matter, and costs no question; any
 * other one system call, more only where the peer has ended.
 */
void event_ask_unread_end(int fd, struct recorded_socket *row, uint64_t now);

/* ERROR is what became of connect(). */
void event_connect_failed(const struct visit *visit, struct held_socket held, int error);

#endif
