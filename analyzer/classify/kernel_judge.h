/* SPDX-License-Identifier: MIT */
/* Judges sockets by what the kernel alone shows of them, without any recorded event. */
#ifndef FINLEAK_KERNEL_JUDGE_H
#define FINLEAK_KERNEL_JUDGE_H

#include "analyzer/classify/classify.h"
#include "analyzer/kernel_view/kernel_epoll.h"
#include "analyzer/kernel_view/kernel_unlisted.h"

/* A socket that was in CLOSE_WAIT both times. */
struct kernel_evidence {
	bool in_program;        /* it has an inode: somebody has accepted or opened it */
	bool listening;         /* something listens on its local port */
	bool multipath;         /* the receive queue does not count the FIN */
	uint32_t receive_queue; /* at the second look */
	bool reads;             /* the receive queue got shorter between the looks */
	bool sends;             /* bytes were sent since the first look, or wait to be */
	enum epoll_readiness readiness;
};

struct kernel_judgement {
	bool found; /* there is something to tell */
	enum leak_class class;
	enum leak_reason reason;
	enum verdict verdict;
};

struct kernel_judgement kernel_judge_close_wait(const struct kernel_evidence *evidence);

/*
 * Judges a socket in state CLOSE that a descriptor held both times. LISTENING: something listens
 * on its local port, so that it was accepted.
 */
struct kernel_judgement kernel_judge_unlisted(const struct kernel_unlisted *unlisted,
					      bool listening);

#endif
