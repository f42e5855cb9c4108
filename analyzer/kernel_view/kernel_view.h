/* SPDX-License-Identifier: MIT */
/*
 * What the kernel shows of a set of running processes, without a recording: their TCP sockets,
 * which descriptors hold them, and what epoll waits for. The processes are not affected.
 */
#ifndef FINLEAK_KERNEL_VIEW_H
#define FINLEAK_KERNEL_VIEW_H

#include "analyzer/kernel_view/kernel_epoll.h"
#include "analyzer/kernel_view/kernel_listeners.h"
#include "analyzer/kernel_view/kernel_namespace.h"
#include "analyzer/kernel_view/kernel_process.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/kernel_view/kernel_unlisted.h"

struct kernel_view {
	struct kernel_process *processes; /* the set, by pid */
	size_t process_count;
	struct kernel_sockets sockets; /* of all their network namespaces, sorted */
	struct kernel_listeners listeners;
	struct kernel_holdings holdings; /* of these processes, sorted; any kind of socket */
	struct kernel_unlisted *unlisted;
	size_t unlisted_count;
	struct kernel_interests interests; /* of kernel_view_read_interests */
	size_t ended;                      /* of the requested pids: there is no such process */
	size_t elsewhere;                  /* of all: those that we may not examine */

	/* Private. */
	struct kernel_namespaces namespaces;
};

/*
 * Samples the COUNT processes PIDS; COUNT 0: all that we may examine, except finleak itself. Those
 * that can't be examined have their failure set, or are counted. End with kernel_view_free.
 */
struct kernel_view *kernel_view_sample(const int *pids, size_t count);

/* As kernel_view_sample(), but sockets in tables only of STATES (bits of enum kernel_state). */
struct kernel_view *kernel_view_sample_states(const int *pids, size_t count, uint32_t states);

void kernel_view_free(struct kernel_view *view);

/*
 * Samples the sockets in CLOSE_WAIT again, into AGAIN (sorted; end with kernel_sockets_clear). A
 * namespace that can no longer be sampled has none.
 */
void kernel_view_sample_again(const struct kernel_view *view, struct kernel_sockets *again);

/*
 * Samples UNLISTED of a view again and updates it. Returns false if it is gone, or connected again.
 */
bool kernel_view_unlisted_stays(struct kernel_unlisted *unlisted);

/* Adds the interest lists of PROCESS, unless they were read already. */
void kernel_view_read_interests(struct kernel_view *view, struct kernel_process *process);

/*
 * Adds the holdings of INODES (COUNT, ascending) in processes outside the view, as far as we may
 * examine them.
 */
void kernel_view_find_holders(struct kernel_view *view, const uint32_t *inodes, size_t count);

/* The process PID of VIEW; NULL if it is not in the set. */
struct kernel_process *kernel_view_process(const struct kernel_view *view, int pid);

#endif
