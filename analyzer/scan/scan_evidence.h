/* SPDX-License-Identifier: MIT */
/* Evidence for the rules out of two samples of the kernel, without any recorded event. */
#ifndef FINLEAK_SCAN_EVIDENCE_H
#define FINLEAK_SCAN_EVIDENCE_H

#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/kernel_view/kernel_unlisted.h"
#include "analyzer/rules/evidence.h"

/* A socket in CLOSE_WAIT in both samples. LISTENING: something listens on its local port. */
struct evidence scan_evidence_of_stuck(const struct kernel_socket *before,
				       const struct kernel_socket *now, bool listening,
				       enum epoll_readiness readiness);

/*
 * A socket in no table that a descriptor held in both samples, APART_NS apart. LISTENING: something
 * listens on its local port, so that it was accepted.
 */
struct evidence scan_evidence_of_unlisted(const struct kernel_unlisted *unlisted, bool listening,
					  uint64_t apart_ns);

#endif
