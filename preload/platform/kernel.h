/* SPDX-License-Identifier: MIT */
/*
 * What the recorder asks the kernel about a descriptor. Each function is one system call, unless
 * its comment states otherwise; all are signal-safe and leave errno undefined.
 */
#ifndef FINLEAK_KERNEL_H
#define FINLEAK_KERNEL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include "preload/recording/recording.h"

/*
 * The socket's cookie (SO_COOKIE, socket(7): unique, never reused), or 0 where FD is no socket.
 * Linux 4.12 and later. From the first MPTCP socket on that kernel_kind() or kernel_kind_of() has
 * found: of those recorded_inode_name(), and one or two system calls more.
 */
uint64_t kernel_cookie(int fd);

/*
 * What kind of socket FD is: enum recorded_kind, or 0 for all that finleak does not track (no
 * socket, datagrams, AF_UNIX unless UNIX_TOO). Up to three system calls.
 */
uint8_t kernel_kind(int fd, bool unix_too);

/* The kind of a socket() call with these arguments, or 0; no system call. */
uint8_t kernel_kind_of(int domain, int type, int protocol, bool unix_too);

/* True where FD listens. */
bool kernel_listens(int fd);

/*
 * Fills in tcp_state, last_sent_ms, unread and receive_queue; of a listener, queue_maximum
 * (TCP_INFO, SIOCINQ). Two system calls; five where something lies unread or the connection is
 * over. Where urgent data lies unread, bytes behind it may not be counted.
 */
void kernel_state(int fd, struct recorded_socket *socket);

/*
 * Has the peer of FD closed or reset the connection? Then fills in the same as kernel_state(). One
 * system call where it has not.
 */
bool kernel_peer_ended(int fd, struct recorded_socket *socket);

/* Is FD, a TCP socket that was connected, in state CLOSE? One system call. */
bool kernel_is_reset(int fd);

/* Was FD ever connected, by the bytes that its peer has acknowledged (TCP_INFO)? */
bool kernel_was_connected(int fd);

/* Fill in an address; false where the kernel has none. */
bool kernel_local(int fd, struct recorded_address *address);
bool kernel_peer(int fd, struct recorded_address *address);

/* Takes an address over from a sockaddr of LENGTH bytes; other families leave family 0. */
void kernel_address(const struct sockaddr *from, socklen_t length,
		    struct recorded_address *address);

#endif
