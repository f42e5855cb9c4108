/* SPDX-License-Identifier: MIT */
/* A judged socket: what a rule makes of its evidence. */
#ifndef FINLEAK_LEAK_H
#define FINLEAK_LEAK_H

#include "analyzer/rules/evidence.h"
#include "analyzer/rules/rules.h"

/* One socket that is not clean, or those of one totals row: closed late, or only at exit. */
struct leak {
	const struct rule *rule; /* that matched first */
	/* As in the rule. */
	enum leak_class class;
	enum leak_reason reason;
	enum leak_reason unread_reason; /* closed-at-exit: why the end was not read, if known */
	enum verdict verdict;
	enum stack_kind deciding; /* index of the deciding stack in `stacks` */
	const struct stack_ref
		*stacks; /* STACK_KINDS of them; leaks with the same ones share them */

	const struct socket_life *life; /* NULL where `total` stands for it */
	const struct holding *holder;   /* the one to blame; NULL: no recorded process */
	const struct holding *history;  /* the row that knows addresses and EOF; often `holder` */
	/* Where the kernel's word decides; NULL: events alone do. Of never-accepted, holder and
	 * history are the listener's. */
	const struct sighting *sighting;
	const struct departing *departing; /* who closed it, where no recorded process holds it */
	const struct process *finisher;    /* held-elsewhere: who was finished with it; or NULL */
	bool finisher_read;                /* ... and had read its end */
	bool pooled;                       /* opened here, and used again after a while */
	bool read_unseen;                  /* eof-unclosed: the read itself was not recorded */
	bool siblings_unread;              /* read_unseen, but for others from the same place */
	uint64_t decided_ns;               /* when its program learned that it is finished */
	uint64_t until_ns;                 /* when the holder ended, or now */
	uint64_t sent_ns; /* REASON_HALF_CLOSED: when the program was last known to send */

	const struct process *process;      /* whose evidence matched */
	const struct recorded_total *total; /* CLASS_LATE_CLOSE and REASON_CLOSED_AT_EXIT only */
	uint64_t count;                     /* sockets: 1, or those of `total` that are meant */
};

/* Did no recorded call open it, so that nothing is known of its code? */
static inline bool leak_is_by_kernel_alone(const struct leak *leak)
{
	return leak->sighting && leak->sighting->socket->origin != OBSERVED_BY_RECORDING;
}

struct closes;
struct stack_sets;

struct leaks {
	struct leak *list;
	size_t count;

	struct stack_sets *stack_sets; /* what their `stacks` are of */

	/* Private: what they were judged by. */
	struct closes *closes; /* what of the totals they stand for */
	const struct recordings *recordings;
	struct ending *endings; /* one for each of the recordings */
};

#endif
