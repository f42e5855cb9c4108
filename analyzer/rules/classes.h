/* SPDX-License-Identifier: MIT */
/* The words of a verdict: classes, reasons, verdicts, and the stacks that a finding shows. */
#ifndef FINLEAK_CLASSES_H
#define FINLEAK_CLASSES_H

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
	REASON_NOT_POLLED_SINCE, /* epoll watches it, and has not been polled since the FIN */
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
	REASON_SPINNING,       /* the EOF was read again and again before the close */
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
	STACK_REREAD,   /* where the EOF was read again */
	STACK_LAST_USE, /* of a listener: the last accept */
	STACK_PAUSED,   /* where epoll was no longer asked for its end, or only once */
	STACK_NEXT,     /* what the thread called next, once it knew of the end */
	STACK_WROTE,    /* its own use: bytes written, ... */
	STACK_WATCHED,  /* ... asked of epoll, ... */
	STACK_READ,     /* ... read. Reports show one of these three as "touched" */
	STACK_THREAD,   /* what the thread is doing that should see to it */
	STACK_OPENED,
	STACK_KINDS,
};

/*
 * Of a leak that DECIDING decides, CLASS, or in the place of exit-unclosed that of an older one:
 * whether the end of the program came too soon depends on the machine's load.
 */
enum leak_class class_if_older(enum leak_class class, enum stack_kind deciding);

/* "eof-unclosed"; "half-closed" (NULL for REASON_NONE); "leak"; "opened" */
const char *leak_class_name(enum leak_class class);
const char *leak_reason_name(enum leak_reason reason);
const char *verdict_name(enum verdict verdict);
const char *stack_kind_name(enum stack_kind kind);

#endif
