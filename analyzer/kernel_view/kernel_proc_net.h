/* SPDX-License-Identifier: MIT */
/* The TCP sockets of a network namespace that may not be entered, as /proc/PID/net shows them. */
#ifndef FINLEAK_KERNEL_PROC_NET_H
#define FINLEAK_KERNEL_PROC_NET_H

#include "analyzer/kernel_view/kernel_sockets.h"

/*
 * Adds the sockets in STATES of the network namespace that PID lives in and whose inode is
 * NAMESPACE. They have no cookie (a made-up one tells them apart), and what they sent is not told.
 * Returns 0 or an errno.
 */
int kernel_proc_net_add(struct kernel_sockets *sockets, int pid, uint64_t namespace,
			uint32_t states);

/*
 * Reads one line of /proc/PID/net/tcp or tcp6 (FAMILY AF_INET or AF_INET6) into SOCKET. Returns
 * false where it is none.
 */
bool kernel_proc_net_parse(struct kernel_socket *socket, const char *line, uint8_t family);

#endif
