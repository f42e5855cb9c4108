/* SPDX-License-Identifier: MIT */
/* One socket in the kernel's table, by its addresses: without a walk through all of them. */
#ifndef FINLEAK_KERNEL_COOKIE_H
#define FINLEAK_KERNEL_COOKIE_H

#include <stdint.h>

#include "preload/recording/recording.h"

struct mnl_socket;

/*
 * The cookie of the TCP socket between LOCAL and PEER (family 0: of the listener at LOCAL) with
 * INODE, in the network namespace of DIAGNOSIS (NETLINK_SOCK_DIAG); being asked, the kernel gives
 * it one. 0: there is no such socket, or it is another one by now.
 */
uint64_t kernel_cookie_of(struct mnl_socket *diagnosis, const struct recorded_address *local,
			  const struct recorded_address *peer, uint32_t inode);

#endif
