/* SPDX-License-Identifier: MIT */
/* Asks the kernel in the network namespace of another process. */
#ifndef FINLEAK_KERNEL_NAMESPACE_H
#define FINLEAK_KERNEL_NAMESPACE_H

#include <stdint.h>

struct mnl_socket;

/* The inode of the network namespace that PID lives in; 0, with errno, where it can't be told. */
uint64_t kernel_namespace_of(int pid);

/*
 * A NETLINK_SOCK_DIAG socket in the network namespace of PID (0: our own), bound, for
 * mnl_socket_close. NULL, with errno, where the kernel refuses.
 */
struct mnl_socket *kernel_namespace_open(int pid);

#endif
