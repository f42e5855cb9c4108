/* SPDX-License-Identifier: MIT */
/*
 * What is known of one socket in one process that could be blamed for it, from every source: the
 * recorded rows, departures and totals, samples of the kernel, and the sample at exit. Rules see
 * nothing else (rules.h). Facts are stated without thresholds: --min-held and --late belong to
 * conditions.
 *
 * Which of these is set shows where the evidence comes from: `holding` (open at the end, or now),
 * `departing` (closed), `sighting` alone (only the kernel showed it), `total` (closed ones,
 * counted), or none (a scan: only the kernel was asked).
 */
#ifndef FINLEAK_EVIDENCE_H
#define FINLEAK_EVIDENCE_H

#include "analyzer/kernel_view/kernel_epoll.h"
#include "analyzer/rules/classes.h"
#include "analyzer/rules/ending.h"
#include "analyzer/rules/places.h"
#include "analyzer/sockets/sockets.h"
#include "preload/recording/decision.h"

/*
 * An EOF that was read this often was read by a spinning loop, which burns a processor. A program
 * that merely retries reads it some tens of times.
 */
#define SPINNING_READS 1000u

/* A stack where it was recorded. RECORDING NULL: none. */
struct stack_ref {
	const struct recording *recording;
	uint32_t id;
};

/* The kernel's last word on a socket in one process: by a sample, or by the one at its exit. */
struct kernel_facts {
	uint8_t state;       /* enum kernel_state; 0: the kernel was not asked */
	uint64_t sampled_ns; /* when; 0 in a scan */
	uint64_t fin_ns;     /* the peer's last segment: the FIN came no later; 0 unknown */
	uint64_t stuck_ns;  /* for how long it had been in that state, at least: by then, and ... */
	uint64_t quiet_ns;  /* since the peer's last segment, by then: a reset is none */
	uint64_t unseen_ns; /* of that, after the sample until the end of its process */
	bool in_program;    /* it has an inode: somebody has accepted or opened it */
	bool multipath;     /* the receive queue does not count the FIN */
	uint32_t receive_queue; /* bytes, and 1 for a FIN */
	bool reads;             /* the receive queue got shorter since the sample before */
	bool sends;             /* bytes were sent since the sample before, or wait to be */
	bool has_sent;          /* data were sent on it, at any time */
	uint64_t sent_ns;       /* the last sample that found more sent; 0 none */
	uint64_t read_ns;       /* the last sample that found less left to read; 0 none */
	uint64_t unread_ns;     /* since then each sample found bytes unread; 0: there are none */
	enum epoll_readiness readiness;

	/* State CLOSE, where a sample from outside found it so, or events say the same. */
	bool closed_seen;
	bool connected;     /* it once was */
	bool fin_acked;     /* our FIN went out and was acknowledged */
	bool error_pending; /* an error that no call has returned */
};

/* Who polls the epoll descriptor that watches it. */
struct polling {
	bool known;
	int32_t epoll;        /* the descriptor; -1: it is in none */
	uint64_t entered_ns;  /* the last epoll_wait(), by any thread, to 4 ms; 0: there was none */
	uint64_t returned_ns; /* ... that returned; before ENTERED_NS: one is under way */
	int32_t thread;       /* that called last */
	const char *doing;    /* what that thread does instead; NULL unknown */
};

/* It waits, or waited, in the queue of a listener. */
struct backlog_facts {
	bool waits;                    /* and the listener is known */
	const struct holding *holding; /* of the listener; NULL: it was closed */
	bool listener_open;            /* still, and not shut down for reading */
	uint64_t accepted_ns;          /* the last accept() there; 0 none was seen */
	bool moves;                    /* another one was accepted between two samples of a scan */
};

/* How the socket came into the process, and who of those it came from had it for how long. */
struct origin {
	bool inherited;       /* by fork, by exec, or passed: from another process */
	bool passed;          /* ... by SCM_RIGHTS */
	bool only_connection; /* no other is open in the process that it accepted or was passed */
	uint64_t since_ns;    /* the process has it: got or was born with it; 0 unknown */
	/* Of an inherited one: */
	uint64_t shared_until_ns; /* one that it came from had it too, and closed it then; 0 none */
	bool closed_later;        /* ... closed it after the end of the process */
	uint64_t owner_left_ns;   /* the one that had opened it ended without closing it, so long
				     after the process was born; UINT64_MAX: it did not */
};

/* Another process that was finished with the socket: it has closed it, or ended with it open. */
struct finisher {
	const struct process *process; /* NULL: there is none */
	const struct holding *holding; /* it ended with this */
	const struct departing *departing;
	uint64_t finished_ns;
	bool read_eof; /* itself */
	bool descends; /* from the holder, which gave it the socket */
	bool gave;     /* the holder got the socket from it */
	struct stack_ref eof, closed;
	/* Where the holder was started; FORKED of one that descends: where it was itself. */
	struct stack_ref forked, execed;
};

/* Who holds what its program has closed, though it was not recorded. */
enum outsider {
	OUTSIDER_NONE,  /* nobody does, as far as is known */
	OUTSIDER_KNOWN, /* somebody does */
	OUTSIDER_CHILD, /* a child */
	OUTSIDER_OTHER, /* another program */
	OUTSIDER_RING,  /* io_uring */
};

struct evidence {
	const struct socket_life *life; /* NULL in totals and scans */
	const struct process *process;  /* the holder; NULL in scans */
	const struct holding *holding;
	const struct departing *departing;
	const struct sighting *sighting; /* also beside a holding */
	const struct recorded_total *total;
	bool young; /* of the total: those held briefly are meant */
	/* Of the total: sockets that were judged one by one. */
	uint64_t known_slow, known_late, known_spun;

	/* By events. */
	struct decision decision; /* what finished it, and when */
	bool decided_by_parent; /* before the process was born: its parent, which is known, answers
				 */
	bool read_eof;          /* by the process itself */
	bool read_by_relative;  /* one that has closed it read its end */
	bool listens;
	bool opened_here;        /* by socket(), not accepted, inherited or received */
	uint64_t part_closed_ns; /* a descriptor was closed while duplicates stayed; 0 none */
	bool writing_shut;       /* shutdown() was called */
	bool closed_by_exec;     /* exec replaced the image that had it last, and closed it */
	bool handed_on;          /* exec replaced the image: another one of the process has it */
	const struct holding *successor; /* ... this one, at its end; NULL it was closed there */

	/* Its time in the process. */
	struct origin origin;
	uint64_t held_since_ns; /* in its hands alone, as far as those go that it came from */
	uint64_t held_until_ns; /* its close, its process' end, or now */
	bool end_known;         /* false: killed unseen, held_until_ns is a lower bound */
	bool running;           /* the process has not ended */
	bool ended_by_itself;   /* it has ended, and was not killed, as far as is known */

	/* By the kernel. */
	struct kernel_facts kernel;
	struct polling polling;
	uint64_t last_sent_ns;   /* data were sent last, by the last sample; 0 never or unknown */
	uint64_t stuck_since_ns; /* by the kernel, and as far as it stayed so; see until_ns */
	bool kernel_denies;      /* it does not hold it, or there was no end */
	struct backlog_facts backlog;
	bool by_kernel_alone; /* no recorded call opened it, and its process has it */
	bool siblings_unread; /* others opened at the same place have their FIN unread */

	/* Others. */
	struct finisher other;
	uint64_t outlived_ns;    /* the holder is a child that ended by itself, so long before it;
				    UINT64_MAX: the other still runs; 0: it is not so */
	bool others_done;        /* nobody else can hold it any more */
	uint64_t others_done_ns; /* ... since then; 0 there was nobody */
	enum outsider outsider;

	/* Its close. */
	uint64_t closed_ns;          /* 0 unknown */
	uint32_t closed_stack;       /* 0 unknown */
	const struct ending *ending; /* when the end of its process began; NULL: unknown */

	uint64_t until_ns; /* to when its age counts: the blamed one's end, or the last sample */
	struct stack_ref stacks[STACK_KINDS]; /* of the process' own row or close */
};

/* Whose end is the end of the holding: of an image that exec replaced, its successor's. */
static inline const struct process *evidence_last_image(const struct evidence *evidence)
{
	return evidence->successor ? evidence->successor->process : evidence->process;
}

/* Which stack shows where DECISION was made. */
enum stack_kind stack_kind_of(enum recorded_decision decision);

/* May the process read and close through io_uring, which no recorded call shows? */
static inline bool evidence_may_use_ring(const struct evidence *evidence)
{
	const struct recording_header *header = &evidence->process->recording->header;

	return header->blind & BLIND_IO_URING || header->options & OPTION_LIBURING;
}

/* Did a call of the process, or the sample at its exit of an event, decide over it? */
static inline bool evidence_decided_by_events(const struct evidence *evidence)
{
	return evidence->decision.kind != DECIDED_NOT &&
	       evidence->decision.kind != DECIDED_FIN_UNREAD &&
	       evidence->decision.kind != DECIDED_RESET_UNREAD;
}

/* What of an answer that nobody read is more than a protocol's goodbye (TLS, HTTP's 408). */
#define IDLE_UNREAD_MAX 1024u

/* Bytes in the receive queue by FACTS, without the FIN. */
uint32_t kernel_facts_unread(const struct kernel_facts *facts);

/* The same of EVIDENCE, by the last who asked; 0: nobody did. */
uint32_t evidence_unread_bytes(const struct evidence *evidence);

/* A connection of a pool: opened and used here, and idle. Whose answer is unread is in use. */
static inline bool evidence_is_pooled(const struct evidence *evidence)
{
	return evidence->opened_here && !evidence->kernel.sends &&
	       (evidence->kernel.has_sent || evidence->last_sent_ns) &&
	       evidence_unread_bytes(evidence) <= IDLE_UNREAD_MAX;
}

/* What its process made of the others that were opened, or finished, where this one was. */
struct place evidence_opened_place(const struct evidence *evidence);
struct place evidence_finished_place(const struct evidence *evidence);

/*
 * For how long (ns) the kernel showed it as it is: until the last sample, but not longer than until
 * its process began to end.
 */
uint64_t evidence_stuck_ns(const struct evidence *evidence);

#endif
