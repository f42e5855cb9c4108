/* SPDX-License-Identifier: MIT */
/* Judges each socket's life: class, reason, verdict and the stacks that tell the story. */
#ifndef FINLEAK_CLASSIFY_H
#define FINLEAK_CLASSIFY_H

#include "analyzer/sockets/sockets.h"

enum leak_class {
	CLASS_EOF_UNCLOSED,      /* EOF read, never closed */
	CLASS_FIN_UNREAD,        /* the peer closed, the program never read that (kernel view) */
	CLASS_NEVER_ACCEPTED,    /* died in the listen backlog (kernel view) */
	CLASS_DUPLICATE_HELD,    /* closed, but a duplicate in the same process is open */
	CLASS_HELD_ELSEWHERE,    /* closed here, but another process holds it */
	CLASS_SHUTDOWN_UNCLOSED, /* shutdown() in place of close() */
	CLASS_ERROR_UNCLOSED,    /* failed for good, never closed */
	CLASS_CONNECT_UNCLOSED,  /* connect() failed, never closed */
	CLASS_LATE_CLOSE,        /* closed, but late */
	CLASS_EXIT_UNCLOSED,     /* decided only just before the process ended */
	CLASS_COUNT,
};

enum leak_reason {
	REASON_NONE,
	REASON_NOT_POLLED,
	REASON_READING_PAUSED,
	REASON_HANGUP_IGNORED,
	REASON_DATA_UNREAD,
	REASON_FORKED_CHILD,
	REASON_PARENT,
	REASON_EXEC_CHILD,
	REASON_PASSED,
	REASON_IO_URING,
	REASON_HALF_CLOSED,
	REASON_CLOSED_AT_EXIT, /* closed, but only by the end of the program */
	REASON_COUNT,
};

enum verdict {
	VERDICT_LEAK,    /* counts for the gate */
	VERDICT_WARNING, /* shown, does not count */
	VERDICT_NOTE,    /* counted, shown with --all */
	VERDICT_COUNT,
};

/* What a stack of a leak shows; the order in which reports show them. */
enum stack_kind {
	STACK_EOF,
	STACK_ERROR,
	STACK_SHUTDOWN,
	STACK_CONNECT,
	STACK_LISTEN,
	STACK_CLOSED,     /* where another descriptor, or another process, closed it */
	STACK_DUPLICATED, /* where the descriptor that is left was made */
	STACK_FORKED,
	STACK_EXECED,   /* where the holder was started (exec, spawn, or the fork before) */
	STACK_LAST_USE, /* of a listener: the last accept */
	STACK_OPENED,
	STACK_KINDS,
};

/* A stack where it was recorded. RECORDING NULL: none. */
struct stack_ref {
	const struct recording *recording;
	uint32_t id;
};

/* Did nobody but the end of the program close where stack CLOSED was taken? */
typedef bool close_judge(const void *context, const struct recording *recording, uint32_t closed);

struct judge_options {
	uint64_t min_held_ns;        /* --min-held */
	uint64_t late_ns;            /* --late */
	close_judge *closed_at_exit; /* NULL: never */
	const void *close_context;
};

/* One socket that is not clean, or those of one totals row: closed late, or only at exit. */
struct leak {
	enum leak_class class;
	enum leak_reason reason;
	enum verdict verdict;
	enum stack_kind deciding; /* index of the deciding stack in `stacks` */
	struct stack_ref stacks[STACK_KINDS];

	const struct socket_life *life; /* NULL where `total` stands for it */
	const struct holding *holder;   /* the one to blame; NULL: no recorded process */
	const struct holding *history;  /* the row that knows addresses and EOF; often `holder` */
	/* Where the kernel's word decides; NULL: events alone do. Of never-accepted, holder and
	 * history are the listener's. */
	const struct sighting *sighting;
	const struct departing *departing; /* who closed it, where no recorded process holds it */
	bool read_unseen;                  /* eof-unclosed: the read itself was not recorded */
	uint64_t decided_ns;               /* when its program learned that it is finished */
	uint64_t until_ns;                 /* when the holder ended, or now */
	uint64_t sent_ns; /* REASON_HALF_CLOSED: when the program was last known to send */

	const struct recorded_total *total; /* CLASS_LATE_CLOSE and REASON_CLOSED_AT_EXIT only */
	uint64_t count;                     /* sockets: 1, or those of `total` that are meant */
};

struct leaks {
	struct leak *list;
	size_t count;
};

/* RECORDINGS and SOCKETS must outlive what is returned; end with leaks_free. */
struct leaks *classify(const struct recordings *recordings, const struct sockets *sockets,
		       const struct judge_options *options);
void leaks_free(struct leaks *leaks);

/* Were the sockets of TOTAL closed by nothing but the end of the program, long after their end? */
bool total_is_closed_at_exit(const struct recording *recording, const struct recorded_total *total,
			     const struct judge_options *options);

/* "eof-unclosed"; "half-closed" (NULL for REASON_NONE); "leak"; "opened" */
const char *leak_class_name(enum leak_class class);
const char *leak_reason_name(enum leak_reason reason);
const char *verdict_name(enum verdict verdict);
const char *stack_kind_name(enum stack_kind kind);

#endif
