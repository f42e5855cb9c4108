/* SPDX-License-Identifier: MIT */
/* Which sockets of a kernel view are stuck: those that two samples found in the same state. */
#ifndef FINLEAK_SCAN_FINDINGS_H
#define FINLEAK_SCAN_FINDINGS_H

#include "analyzer/kernel_view/kernel_view.h"
#include "analyzer/rules/rules.h"

/* One stuck socket. */
struct scan_finding {
	const struct rule *rule; /* that matched */
	struct evidence evidence;
	struct kernel_process *process;     /* the one to blame */
	const struct kernel_socket *socket; /* as the second sample found it; NULL: unlisted */
	const struct kernel_unlisted *unlisted;
	const struct kernel_socket *listener;        /* on its local port; NULL none */
	const struct recorded_address *local, *peer; /* peer NULL unknown */
	bool port_is_shared; /* others stuck in the process have its local port */
};

struct scan_findings {
	struct scan_finding *list;
	size_t count;
	struct judge_options judge; /* by which they were found */
	uint64_t apart_ns;          /* the samples: --min-held */
	uint64_t unclaimed;         /* stuck sockets that no process seen holds */
	uint32_t *moved; /* private: inodes of listeners that accepted between the samples */
	size_t moved_count;
};

/*
 * Judges what VIEW (the first sample) and AGAIN (the second) have in common, and in VIEW examines
 * the interest lists and holders that it takes. Both must outlive the findings; end with
 * scan_findings_clear. OPTIONS: what both samples found counts, whatever --min-held. CLAIM_ALL:
 * VIEW is of all processes, so a stuck socket that none of them holds is counted as unclaimed.
 */
void scan_findings_find(struct scan_findings *findings, struct kernel_view *view,
			const struct kernel_sockets *again, const struct judge_options *options,
			bool claim_all);
void scan_findings_clear(struct scan_findings *findings);

/* The holding of LISTENER by a process of VIEW; NULL none. */
const struct kernel_holding *scan_holder_in_view(const struct kernel_view *view, uint32_t inode);

#endif
