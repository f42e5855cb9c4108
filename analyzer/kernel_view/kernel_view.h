/* SPDX-License-Identifier: MIT */
/*
 * What the kernel alone shows of a set of running processes: their TCP sockets, who holds them
 * under which numbers, and what epoll waits for. Nothing is done to the processes.
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
	struct kernel_process *processes; /* those to be looked at, by pid */
	size_t process_count;
	struct kernel_sockets sockets; /* of all their network namespaces, sorted */
	struct kernel_listeners listeners;
	struct kernel_holdings holdings; /* of these processes, sorted; any kind of socket */
	struct kernel_unlisted *unlisted;
	size_t unlisted_count;
	struct kernel_interests interests; /* after kernel_view_read_interests */
	size_t ended;                      /* of the pids asked for: there is no such process */
	size_t elsewhere;                  /* processes of others, where all were asked for */

	/* Private. */
	struct kernel_namespaces namespaces;
};

/*
 * Looks at the COUNT processes PIDS; 0: at all that one may look at (but not at finleak). Those
 * that could not be looked at have their failure set, or are counted. End with kernel_view_free.
 */
struct kernel_view *kernel_view_sample(const int *pids, size_t count);
void kernel_view_free(struct kernel_view *view);

/*
 * Looks once more, at what is in CLOSE_WAIT only, into AGAIN (sorted), for kernel_sockets_clear. A
 * namespace that can't be asked any more has none.
 */
void kernel_view_sample_again(const struct kernel_view *view, struct kernel_sockets *again);

/*
 * Looks once more at UNLISTED of a view. Returns false where it is gone, or connected again; else
 * it is brought up to date.
 */
bool kernel_view_unlisted_stays(struct kernel_unlisted *unlisted);

/* Adds the interest lists of PROCESS, once. */
void kernel_view_read_interests(struct kernel_view *view, struct kernel_process *process);

/*
 * Adds the holdings of INODES (COUNT, ascending) that processes outside the view have, as far as
 * one may look.
 */
void kernel_view_find_holders(struct kernel_view *view, const uint32_t *inodes, size_t count);

/* The process PID of VIEW; NULL where it was not looked at. */
struct kernel_process *kernel_view_process(const struct kernel_view *view, int pid);

#endif
