/* SPDX-License-Identifier: MIT */
/* Files that io_uring holds: those registered with a ring outlive their descriptors. */
#ifndef FINLEAK_KERNEL_RINGS_H
#define FINLEAK_KERNEL_RINGS_H

#include <stdbool.h>
#include <stdint.h>

/* Is socket INODE registered with the ring that is descriptor RING of process PID? */
bool kernel_ring_holds(int pid, int ring, uint32_t inode);

#endif
