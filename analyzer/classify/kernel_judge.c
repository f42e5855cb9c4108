/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/kernel_judge.h"

#include "analyzer/kernel_view/kernel_sockets.h"

/* What the FIN counts in a receive queue. */
#define FIN_UNREAD 1

static struct kernel_judgement judgement(enum leak_class class, enum leak_reason reason,
					 enum verdict verdict)
{
	return (struct kernel_judgement){
		.found = true, .class = class, .reason = reason, .verdict = verdict
	};
}

static enum leak_reason reason_of(enum epoll_readiness readiness)
{
	switch (readiness) {
	case EPOLL_UNWATCHED:
		return REASON_NOT_POLLED;
	case EPOLL_PAUSED:
		return REASON_READING_PAUSED;
	case EPOLL_REPORTED:
		return REASON_HANGUP_IGNORED;
	default:
		return REASON_NONE;
	}
}

struct kernel_judgement kernel_judge_close_wait(const struct kernel_evidence *evidence)
{
	static const struct kernel_judgement nothing = { 0 };

	if (!evidence->in_program) {
		/* One that all have closed has left CLOSE_WAIT by that. */
		return evidence->listening
			       ? judgement(CLASS_NEVER_ACCEPTED, REASON_NONE, VERDICT_LEAK)
			       : nothing;
	}
	/* Somebody is at it: slow, but no leak. */
	if (evidence->reads)
		return nothing;
	if (evidence->receive_queue > (evidence->multipath ? 0 : FIN_UNREAD))
		return judgement(CLASS_FIN_UNREAD, REASON_DATA_UNREAD, VERDICT_LEAK);
	if (evidence->receive_queue == FIN_UNREAD)
		return judgement(CLASS_FIN_UNREAD, reason_of(evidence->readiness), VERDICT_LEAK);
	if (evidence->sends)
		return judgement(CLASS_EOF_UNCLOSED, REASON_HALF_CLOSED, VERDICT_NOTE);
	return judgement(CLASS_EOF_UNCLOSED, REASON_NONE, VERDICT_LEAK);
}

struct kernel_judgement kernel_judge_unlisted(const struct kernel_unlisted *unlisted,
					      bool listening)
{
	static const struct kernel_judgement nothing = { 0 };

	if (unlisted->state != KERNEL_CLOSE || !kernel_unlisted_was_connected(unlisted))
		return nothing;
	if (kernel_unlisted_fin_acked(unlisted, listening))
		return judgement(CLASS_SHUTDOWN_UNCLOSED, REASON_NONE, VERDICT_LEAK);
	/* Reset or timed out. Whether the program knows shows in who has taken the error. */
	return judgement(CLASS_ERROR_UNCLOSED, REASON_NONE,
			 unlisted->error_pending ? VERDICT_NOTE : VERDICT_LEAK);
}
