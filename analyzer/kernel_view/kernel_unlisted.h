/* SPDX-License-Identifier: MIT */
/*
 * TCP sockets that are in no table of the kernel: never bound, or in state CLOSE while a descriptor
 * holds them. sock_diag does not list them; a copy of the descriptor gives access.
 */
#ifndef FINLEAK_KERNEL_UNLISTED_H
#define FINLEAK_KERNEL_UNLISTED_H

#include "analyzer/kernel_view/kernel_holders.h"
#include "preload/recording/recording.h"

struct kernel_unlisted {
	struct kernel_holding holding; /* one of its holders */
	uint64_t cookie;
	uint64_t bytes_acked;         /* the SYN and the FIN count one each */
	uint64_t bytes_sent;          /* without SYN and FIN */
	uint64_t bytes_retransmitted; /* of bytes_sent */
	uint64_t bytes_received;
	uint32_t segments_in, segments_out;
	int64_t quiet_ms;   /* since the peer's last segment; -1 unknown */
	uint8_t state;      /* enum kernel_state; not CLOSE: it is in another namespace's table */
	bool error_pending; /* SO_ERROR is set and not yet returned to the program */
	struct recorded_address local;
};

enum kernel_unlisted_answer {
	UNLISTED_SEEN,
	UNLISTED_NOT_TCP, /* another kind of socket */
	UNLISTED_REFUSED, /* a TCP socket; the kernel refuses a copy of the descriptor */
	UNLISTED_GONE,    /* closed meanwhile */
};

/* A pidfd of process PID for kernel_unlisted_fill; -1 with errno. The caller closes it. */
int kernel_unlisted_open(int pid);

/*
 * Fills UNLISTED with the socket of HOLDING, a descriptor of the process of PIDFD (-1: none could
 * be opened). If HOLDING has an inode, the socket must still be that one. The descriptor is copied
 * for some microseconds, which changes nothing in the program; SO_ERROR, which reading clears, is
 * not read.
 */
enum kernel_unlisted_answer kernel_unlisted_fill(struct kernel_unlisted *unlisted, int pidfd,
						 const struct kernel_holding *holding);

/* Is HOLDING, a descriptor of the process of PIDFD, the socket with COOKIE, of whatever kind? */
bool kernel_unlisted_is(int pidfd, const struct kernel_holding *holding, uint64_t cookie);

/* Was it ever connected? */
bool kernel_unlisted_was_connected(const struct kernel_unlisted *unlisted);

/*
 * Has the peer acknowledged a FIN of ours? While a descriptor is open, only shutdown() sends one.
 * ACCEPTED: the peer opened the connection; else a SYN of ours was acknowledged as well.
 */
bool kernel_unlisted_fin_acked(const struct kernel_unlisted *unlisted, bool accepted);

#endif
