/* SPDX-License-Identifier: MIT */
/* All TCP sockets of a network namespace, from sock_diag. */
#ifndef FINLEAK_KERNEL_SOCKETS_H
#define FINLEAK_KERNEL_SOCKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "preload/recording/recording.h"

struct mnl_socket;

/* The kernel's numbers, include/net/tcp_states.h. */
enum kernel_state {
	KERNEL_ESTABLISHED = 1,
	KERNEL_SYN_SENT,
	KERNEL_SYN_RECV,
	KERNEL_FIN_WAIT1,
	KERNEL_FIN_WAIT2,
	KERNEL_TIME_WAIT,
	KERNEL_CLOSE,
	KERNEL_CLOSE_WAIT,
	KERNEL_LAST_ACK,
	KERNEL_LISTEN,
	KERNEL_CLOSING,
	KERNEL_NEW_SYN_RECV,
};

/* Greater than any of them. */
#define KERNEL_STATES 16

/* How long TIME_WAIT lasts (TCP_TIMEWAIT_LEN, include/net/tcp.h). */
#define KERNEL_TIME_WAIT_MS 60000

/* inet_diag_msg.idiag_timer, and "tr" of /proc/net/tcp: the timer that drops a connection without
 * an owner. 1 is retransmission, 2 keepalive, 4 the probe of a closed window. */
#define KERNEL_TIMER_DROP 3

#define PROTOCOL_MPTCP 262 /* IPPROTO_MPTCP, which older headers lack */

#define KERNEL_STATE_BIT(state) (1u << (state))
/* Without TIME_WAIT, of which a busy machine has tens of thousands that nobody holds. */
#define KERNEL_LIVING_STATES (KERNEL_ALL_STATES & ~KERNEL_STATE_BIT(KERNEL_TIME_WAIT))
#define KERNEL_ALL_STATES    (KERNEL_STATE_BIT(KERNEL_NEW_SYN_RECV + 1) - 2)

struct kernel_socket {
	uint64_t cookie;
	uint64_t namespace;  /* the inode of its network namespace */
	uint64_t bytes_sent; /* CLOSE_WAIT only */
	int64_t quiet_ms;    /* CLOSE_WAIT only: since the peer's last segment; -1 unknown */
	int64_t sent_ms;     /* CLOSE_WAIT only: since data were sent last; -1 never */
	double expires_ms;   /* without an owner, TIME_WAIT or FIN_WAIT2: when it is dropped, since
				boot; -1 unknown */
	uint32_t inode;      /* 0: no descriptor refers to it: not accepted yet, or closed */
	uint32_t uid;
	uint32_t receive_queue; /* bytes, and 1 for a FIN; LISTEN: connections waiting */
	uint32_t send_queue;    /* bytes; LISTEN: how many may wait */
	uint8_t state;
	uint8_t unanswered; /* retransmissions and probes since the peer answered last */
	bool multipath;     /* MPTCP: the receive queue does not count the FIN */
	bool nameless;      /* `cookie` is artificial: the kernel did not provide one */
	struct recorded_address local, peer;
};

struct kernel_sockets {
	struct kernel_socket *list;
	size_t count;
};

/*
 * Adds the sockets in STATES (KERNEL_STATE_BITs) of the network namespace in which DIAGNOSIS
 * (NETLINK_SOCK_DIAG) was opened and whose inode is NAMESPACE. Returns 0 or an errno. End with
 * kernel_sockets_clear.
 */
int kernel_sockets_add(struct kernel_sockets *sockets, struct mnl_socket *diagnosis,
		       uint64_t namespace, uint32_t states);
void kernel_sockets_clear(struct kernel_sockets *sockets);

/* Sorts by inode (then cookie), which kernel_sockets_of_inode needs. */
void kernel_sockets_sort(struct kernel_sockets *sockets);

/* The socket with INODE (not 0), the latest if there are several; NULL none. */
const struct kernel_socket *kernel_sockets_of_inode(const struct kernel_sockets *sockets,
						    uint32_t inode);

#endif
