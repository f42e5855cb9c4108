/* SPDX-License-Identifier: MIT */
/* The TCP sockets in /proc/PID/net, for a network namespace that we may not enter. */
#ifndef FINLEAK_KERNEL_PROC_NET_H
#define FINLEAK_KERNEL_PROC_NET_H

#include "analyzer/kernel_view/kernel_sockets.h"

/*
 * Adds the sockets in STATES of the network namespace of PID, whose inode is NAMESPACE. /proc has
 * no cookie (each gets an artificial one) and not what was sent. Returns 0 or an errno.
 */
int kernel_proc_net_add(struct kernel_sockets *sockets, int pid, uint64_t namespace,
			uint32_t states);

/*
 * Reads one line of /proc/PID/net/tcp or tcp6 (FAMILY AF_INET or AF_INET6) into SOCKET. Returns
 * false for any other line.
 */
bool kernel_proc_net_parse(struct kernel_socket *socket, const char *line, uint8_t family);

#endif
