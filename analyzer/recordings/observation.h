/* SPDX-License-Identifier: MIT */
/*
 * What the kernel showed of one recorded process in the last sample, and since when. It is kept in
 * a file beside the recording, so that a report can be made later and elsewhere. Times are ns of
 * CLOCK_MONOTONIC, as in the recording.
 */
#ifndef FINLEAK_OBSERVATION_H
#define FINLEAK_OBSERVATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analyzer/kernel_view/kernel_epoll.h"
#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/kernel_view/kernel_tuning.h"

#define OBSERVED_STATES KERNEL_STATES

/* Retransmissions without an answer: 6 s at least, since the timeout begins at 200 ms. */
#define UNANSWERED_LONG 5

/* Bits of observed_socket.flags. */
enum observed_flag {
	OBSERVED_CONFIRMED = 1 << 0,     /* the process has a descriptor of it */
	OBSERVED_GONE = 1 << 1,          /* it has none any more */
	OBSERVED_MULTIPATH = 1 << 2,     /* the receive queue does not count the FIN */
	OBSERVED_CONNECTED = 1 << 3,     /* state CLOSE: it was connected once */
	OBSERVED_FIN_SENT = 1 << 4,      /* state CLOSE: our FIN was sent and acknowledged */
	OBSERVED_ERROR_PENDING = 1 << 5, /* state CLOSE: an error not yet returned to the program */
	OBSERVED_OPENED = 1 << 6,        /* by socket(), in the process */
};

/* How a socket came to be in an observation. */
enum observed_origin {
	OBSERVED_BY_RECORDING,        /* a row or a departure of the recording names it */
	OBSERVED_UNRECORDED,          /* the process has it, and no recorded call opened it */
	OBSERVED_UNRECORDED_ACCEPTED, /* ... and it came in by a listener */
	OBSERVED_UNRECORDED_SHARED,   /* ... and a program that was not recorded has it, too, or
					 it is standard input or output: it was given to it */
};

/* Of the sockets that no recorded call opened, so many are recognised in the next sample. */
#define UNRECORDED_KNOWN 8

/* A socket that a verdict may be about: in CLOSE_WAIT, with bytes unread, finished, or pending. */
struct observed_socket {
	uint64_t cookie;
	uint64_t listener;   /* cookie of the listener in whose queue it waits; 0: in none */
	uint64_t since_ns;   /* the first sample that found it in this state */
	uint64_t sampled_ns; /* the last one */
	uint64_t closed_ns;  /* when the next one found that the program had closed it; 0: open */
	uint64_t bytes_sent;
	uint64_t sent_ns;   /* the last sample that found more sent than the one before; 0 none */
	uint64_t read_ns;   /* ... that found less left to read, in this state or before; 0 none */
	uint64_t unread_ns; /* since this sample each one found bytes unread; 0: there are none */
	int64_t quiet_ms;   /* since the peer's last segment, at sampled_ns; -1 unknown */
	int64_t sent_ms;    /* since data were sent last, at sampled_ns; -1 never or unknown */
	uint32_t inode;     /* 0: not accepted yet, or in no table */
	uint32_t receive_queue;
	uint32_t send_queue;
	int32_t fd;            /* -1: the process has none */
	int32_t epoll;         /* an epoll descriptor that watches it; -1 none */
	uint32_t epoll_events; /* that it is registered for there */
	uint8_t state;         /* enum kernel_state */
	uint8_t readiness;     /* enum epoll_readiness */
	uint8_t flags;         /* enum observed_flag */
	uint8_t origin;        /* enum observed_origin */
	uint32_t opened_stack; /* its row's, in the recording; 0 none */
	struct recorded_address local, peer;
};

/* A listener of the process, with connections that wait to be accepted. */
struct observed_listener {
	uint64_t cookie;
	uint64_t accepted_ns; /* the last accept(); 0 none was seen */
	uint32_t waiting, maximum;
	/* Its row's stacks, in the recording; 0 none. */
	uint32_t opened_stack, listen_stack, accept_stack;
	int32_t fd;
	struct recorded_address local;
	char thread[96]; /* what the thread of the last accept() is doing; "" unknown */
};

/*
 * Who polls an epoll descriptor of the process that watches a socket in CLOSE_WAIT: the recording's
 * struct recorded_poller, and what the thread is doing.
 */
struct observed_poller {
	uint64_t entered_ns;  /* the last epoll_wait() on it, to 4 ms; 0: there was none */
	uint64_t returned_ns; /* the last return of one; before entered_ns: one may be under way */
	int32_t epoll;        /* the descriptor */
	int32_t thread;       /* that called last; 0: nobody ever did */
	char doing[96]; /* what it, or the only thread, is doing: "sleeps in ..."; "" unknown */
};

/*
 * A thread that should see to a socket nobody sees to: it used one last whose end is unread, or
 * accepted last, or should, where connections wait, or polls the epoll descriptor that watches one.
 */
#define OBSERVED_FRAMES_MAX  64
#define OBSERVED_SCRIPTS_MAX (OBSERVED_THREADS_MAX * OBSERVED_FRAMES_MAX)
#define OBSERVED_THREADS_MAX 16 /* each is a few files of /proc in each sample */

struct observed_thread {
	uint64_t since_ns; /* the first sample that found it doing the same, without a pause */
	uint64_t switches; /* how often the kernel took it off a processor; 0 unknown */
	int32_t thread;
	uint32_t frames;     /* of its stack; 0 unknown */
	char doing[100];     /* "sleeps in ..."; "" unknown */
	int32_t lock_holder; /* of the mutex that it waits for, if it does; 0 unknown */
	/* Where it will go on, return addresses; script frames, of rows in the observation. */
	uint64_t pc[OBSERVED_FRAMES_MAX];
};

/* A line of a script in a thread's stack; offsets in the observation's texts. */
struct observed_script {
	uint32_t language, file, function;
	uint32_t line; /* 0 unknown */
};

/* Another process, not recorded, that holds a socket which this process has closed. */
struct observed_holder {
	uint64_t cookie;
	int32_t pid;
	int32_t fd;
	uint8_t is_ring;  /* FD is an io_uring descriptor, and the ring holds the socket */
	uint8_t is_child; /* PID descends from the process */
	uint8_t reserved[6];
	char command[64];
};

struct observation {
	int32_t pid;
	int32_t failure;     /* errno of reading the sockets of its namespace; 0 none */
	uint64_t first_ns;   /* the first sample of this process */
	uint64_t sampled_ns; /* the last one */
	uint64_t listed_ns;  /* the last one that listed its descriptors; 0 none */
	uint64_t samples;
	uint64_t descriptors_first, descriptors, descriptor_limit; /* 0 unknown */
	uint64_t rings;                                            /* io_uring descriptors */
	uint64_t states[OBSERVED_STATES]; /* sockets by enum kernel_state; unlisted ones aside */
	uint64_t idle, bound, closed;     /* those: never bound, bound only, closed for good */
	/* Connections that came in by a listener of the process and that no descriptor holds. */
	uint64_t unowned[OBSERVED_STATES];
	uint64_t unanswered; /* ESTABLISHED, with UNANSWERED_LONG retransmissions or more */
	uint64_t time_wait;  /* in its network namespace, that came in by no listener there */
	struct kernel_tuning tuning; /* of its network namespace */
	/* TCP sockets of the process that no recorded call opened: at the last listing, ... */
	uint64_t unrecorded;
	uint64_t unrecorded_most; /* ... and at any that found some of those of the one before */
	uint64_t unrecorded_known[UNRECORDED_KNOWN]; /* cookies of the former */
	uint64_t unrecorded_states[OBSERVED_STATES]; /* ... which are in `states` as well */
	uint64_t stood_in; /* open rows that are no TCP sockets in the kernel */
	uint64_t is_go;    /* Go makes system calls of its own */

	struct observed_socket *sockets; /* by cookie */
	size_t socket_count;
	struct observed_listener *listeners; /* by cookie */
	size_t listener_count;
	struct observed_holder *holders; /* by cookie; of one, programs before rings */
	size_t holder_count;
	struct observed_poller *pollers; /* by epoll descriptor */
	size_t poller_count;
	struct observed_thread *threads; /* OBSERVED_THREADS_MAX at most */
	size_t thread_count;
	struct observed_script *scripts;
	size_t script_count;
	char *texts; /* each ends with a NUL */
	size_t text_size;
};

void observation_free(struct observation *observation);

/* Sorts the sockets by cookie, which observation_find needs. */
void observation_sort(struct observation *observation);

/* Sorts the other tables, which the look-ups below need; observation_read() has sorted them. */
void observation_sort_others(struct observation *observation);

/* The socket with COOKIE; NULL none. */
const struct observed_socket *observation_find(const struct observation *observation,
					       uint64_t cookie);

/* The listener with COOKIE; NULL none. */
const struct observed_listener *observation_listener(const struct observation *observation,
						     uint64_t cookie);

/* The first of the *COUNT holders of the socket COOKIE; NULL with 0. */
const struct observed_holder *observation_holders(const struct observation *observation,
						  uint64_t cookie, size_t *count);

/* Who polls descriptor EPOLL of the process; NULL: its recording does not say. */
const struct observed_poller *observation_poller(const struct observation *observation,
						 int32_t epoll);

/* THREAD of the process, if it is one of those that should see to something; NULL: it is not. */
const struct observed_thread *observation_thread(const struct observation *observation,
						 int32_t thread);

#endif
