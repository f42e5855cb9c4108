/* SPDX-License-Identifier: MIT */
/* What io_uring holds on to: files registered with a ring outlive their descriptors. */
#ifndef FINLEAK_KERNEL_RINGS_H
#define FINLEAK_KERNEL_RINGS_H

#include <stdbool.h>
#include <stdint.h>

/* Has the ring that is descriptor RING of PID the socket INODE among its registered files? */
bool kernel_ring_holds(int pid, int ring, uint32_t inode);

#endif
