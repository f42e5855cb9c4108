/* SPDX-License-Identifier: MIT */
/* Of a recording (recording.h): the descriptors of the process and its open sockets. */
#ifndef FINLEAK_RECORDED_SOCKET_H
#define FINLEAK_RECORDED_SOCKET_H

#include <stdint.h>

/*
 * SECTION_DESCRIPTORS: one word for each descriptor number.
 * Low 32 bits: socket row + 1 (0: not tracked). High 32 bits, but for the first: the stack id of
 * the duplication that made this descriptor (0: it is the one that the socket was opened with, or
 * unknown).
 */
typedef uint64_t recorded_descriptor_word;

/*
 * Inherited by a fork beside other threads, which may have closed or replaced it after the table
 * was copied: it holds only once the recorder has compared the cookie, and clears the bit.
 */
#define RECORDED_DESCRIPTOR_UNVERIFIED (1ull << 63)

static inline uint32_t recorded_descriptor_row(uint64_t word)
{
	return (uint32_t)word; /* row + 1 */
}

static inline uint32_t recorded_descriptor_stack(uint64_t word)
{
	return (uint32_t)((word & ~RECORDED_DESCRIPTOR_UNVERIFIED) >> 32);
}

/* recorded_socket.life: the generation above, these bits below. */
enum recorded_life {
	LIFE_OPEN = 1 << 0,
	LIFE_EOF = 1 << 1, /* first EOF claimed; eof_ns shows when it is complete */
	LIFE_ERROR = 1 << 2,
	LIFE_SHUTDOWN = 1 << 3,
	LIFE_SENT = 1 << 4,   /* sent by SCM_RIGHTS: another process may hold it from then on */
	LIFE_LOST = 1 << 5,   /* its last descriptor was closed unseen: the row is about to go */
	LIFE_UNDONE = 1 << 6, /* it never was this process' own: the row is about to go */
	LIFE_EXEC_CLOSES = 1 << 7, /* END_EXEC*: all of its descriptors were close-on-exec */
	LIFE_BITS = 0xff,
	LIFE_GENERATION = 0x100, /* added each time the row is taken */
};

enum recorded_kind {
	KIND_TCP = 1,
	KIND_TCP6 = 2,
	KIND_MPTCP = 3,
	KIND_UNIX = 4,
};

/* How a socket came into this process. */
enum recorded_source {
	SOURCE_SOCKET = 1, /* socket() */
	SOURCE_ACCEPT = 2,
	SOURCE_PAIR = 3,   /* socketpair() (unix=1 only) */
	SOURCE_FORK = 4,   /* inherited from the parent; stacks are the parent's */
	SOURCE_EXEC = 5,   /* open already when the program started */
	SOURCE_PASSED = 6, /* received by SCM_RIGHTS or pidfd_getfd */
	SOURCE_ADOPTED =
		7, /* first seen when something happened on it: opened by an unrecorded call */
	SOURCE_BEFORE = 8, /* open already when `finleak attach` began to record the process */
};

/* What the program did last on a socket that was finished: EOF read, failed or shut down. */
enum recorded_use {
	USE_NONE = 0,
	USE_EPOLL_DEL = 1,
	USE_EPOLL_MOD = 2,
	USE_READ = 3, /* read the EOF again */
	USE_WRITE_FAILED = 4,
	USE_SHUTDOWN = 5,
	USE_ACCEPT = 6,        /* a listener: the last accept() that gave a connection */
	USE_SHUTDOWN_READ = 7, /* shutdown(SHUT_RD) */
};

enum recorded_role {
	ROLE_NONE = 0,
	ROLE_LISTENER = 1,
	ROLE_CONNECTING = 2, /* connect() is under way (EINPROGRESS) */
	ROLE_CONNECTED = 3,  /* connect() succeeded, or accepted */
	ROLE_CONNECT_FAILED = 4,
};

struct recorded_address {
	uint16_t family; /* AF_INET, AF_INET6; 0 unknown */
	uint16_t port;   /* host byte order */
	uint8_t ip[16];  /* network byte order; AF_INET: the first 4 */
};

/*
 * Which call a thread made first on any tracked descriptor once it had learned that a connection
 * is finished. Of calls to epoll about the same socket the last is kept, unless the end of another
 * connection follows them.
 */
enum recorded_next {
	NEXT_NONE = 0,   /* none yet, or unknown */
	NEXT_POLLED = 1, /* none before the thread waited for events again */
	NEXT_CLOSE = 2,
	NEXT_SHUTDOWN = 3,
	NEXT_EPOLL_DEL = 4,
	NEXT_EPOLL_CTL = 5, /* EPOLL_CTL_ADD, EPOLL_CTL_MOD */
	NEXT_CONNECT = 6,
	NEXT_ACCEPT = 7,
	NEXT_WRITE = 8,
	NEXT_READ = 9,
};

/* Which kind of call returned recorded_socket.error. */
enum recorded_error_call {
	ERROR_CALL_UNKNOWN = 0,
	ERROR_CALL_READ = 1,
	ERROR_CALL_WRITE = 2,
	ERROR_CALL_GETSOCKOPT = 3, /* SO_ERROR */
	/* None failed: a reset connection was taken out of an epoll set, which reports a reset
	   unasked. recorded_socket.error is 0: asking for it would take it from the program. */
	ERROR_CALL_EPOLL_DEL = 4,
};

/*
 * What names a socket in place of its cookie: the inode, above all cookies and within what JSON's
 * readers take exactly. An MPTCP socket: a connection that is accepted over MPTCP has the cookie of
 * its listener if that has one, which anybody's question gives it (Linux 6.18). And one that was
 * gone before `finleak attach` could ask for its cookie.
 */
#define RECORDED_INODE_NAMES (1ull << 52)

static inline uint64_t recorded_inode_name(uint32_t inode)
{
	return RECORDED_INODE_NAMES | inode;
}

/* SECTION_SOCKETS. 256 bytes: four cache lines. */
struct recorded_socket {
	uint32_t life;        /* generation and enum recorded_life bits */
	uint32_t descriptors; /* descriptors of this process that refer to it */
	uint64_t cookie;      /* SO_COOKIE: the kernel's name for it, never reused; 0 unknown.
				 or recorded_inode_name() */

	uint64_t opened_ns;
	uint64_t eof_ns;         /* first EOF */
	uint64_t error_ns;       /* first fatal error of a read, a write or connect */
	uint64_t shutdown_ns;    /* shutdown(SHUT_WR or SHUT_RDWR) */
	uint64_t last_use_ns;    /* after EOF, error or shutdown only; a listener: last accept() */
	uint64_t part_closed_ns; /* a descriptor was closed while duplicates stayed */
	uint64_t sampled_ns;     /* when the fields under "the kernel's view" were taken */

	uint32_t opened_stack;
	uint32_t eof_stack;
	uint32_t error_stack;
	uint32_t shutdown_stack;
	uint32_t connect_stack; /* connect() that failed or is under way */
	union {
		uint32_t listen_stack;
		uint32_t reread_stack; /* EOF_NS is set: where the EOF was read again, last known */
		uint32_t paused_stack; /* EOF_NS is 0: the last known epoll_ctl() that stopped
					  asking for what can be read, or asked for it only once
					  (EPOLLONESHOT) */
	};
	uint32_t last_use_stack;
	uint32_t part_closed_stack;

	union {
		uint32_t eof_reads;    /* how often the EOF was read */
		int32_t accept_thread; /* a listener: thread id of the last accept(); 0 none */
	};
	int32_t first_fd;        /* the number it had first */
	int32_t epoll;           /* descriptor of the epoll set it was last put into */
	uint32_t epoll_interest; /* RECORDED_REGISTERED and the events that were asked of it there
				    last; 0: in none, as far as was seen */

	uint8_t kind;          /* enum recorded_kind */
	uint8_t source;        /* enum recorded_source */
	uint8_t role;          /* enum recorded_role */
	uint8_t shutdown_how;  /* 1 + SHUT_RD, SHUT_WR, SHUT_RDWR, or-ed by direction: bit 0 read,
				  bit 1 write */
	uint16_t error;        /* errno of the fatal error */
	uint8_t last_use;      /* enum recorded_use */
	uint8_t tcp_state;     /* the kernel's view: TCP_ESTABLISHED (1) ... ; 0 unknown */
	uint32_t unread;       /* bytes that wait to be read (SIOCINQ; a FIN does not count) */
	uint32_t last_sent_ms; /* the program's last data sent, ms before sampled_ns;
				   UINT32_MAX: none was */
	struct recorded_address local;
	struct recorded_address peer;
	uint32_t receive_queue; /* at sampled_ns, as sock_diag counts it: unread bytes, and 1 for a
				   FIN; a listener: connections that wait to be accepted;
				   RECORDED_QUEUE_UNKNOWN */
	union {
		uint32_t queue_maximum; /* a listener: how many may wait */
		uint32_t quiet_ms;      /* since the peer's last segment, ms before sampled_ns;
					   UINT32_MAX unknown */
	};

	/* The recorder's own. A row is free when nothing refers to it. */
	uint32_t next_free;
	uint32_t references; /* its descriptors, and the calls that work on it */

	/*
	 * Whose hands it is in: stacks of its own use, taken when bytes moved for the first time
	 * and at one of 128 such calls of a thread; until then, read_stack is that of the first
	 * read that found no bytes. A program that never asks epoll leaves watch_stack 0.
	 */
	uint64_t touched_ns;       /* the last that was taken; 0: none */
	uint64_t next_ns;          /* of NEXT */
	uint64_t number_closed_ns; /* accepted under a number that was closed then; 0: unknown */
	uint32_t read_stack;
	uint32_t write_stack;
	uint32_t watch_stack; /* epoll_ctl(): the last of the first few times that epoll was asked
				 for a chance to write, until then the first time it was asked */
	uint32_t next_stack;  /* 0: none, or it could not be taken */
	uint32_t number_closed_stack;
	int32_t touched_thread; /* of touched_ns */
	int32_t next_fd;
	uint8_t next;       /* enum recorded_next */
	uint8_t watched;    /* how often watch_stack was taken */
	uint8_t paused;     /* how often reading was paused; no more than 255 are counted */
	uint8_t error_call; /* enum recorded_error_call: what failed with ERROR */

	/*
	 * What the program was about (FINLEAK_LABEL, finleak.h), by its place in SECTION_STRINGS,
	 * plus 1; 0: unknown. Stored ahead of the time of what it was about.
	 */
	uint32_t opened_label;
	uint32_t ended_label; /* at the last of EOF, error and shutdown */
};

/* recorded_socket.receive_queue: the kernel does not show whether the end was read (MPTCP). */
#define RECORDED_QUEUE_UNKNOWN UINT32_MAX

/* recorded_socket.epoll_interest: an event that epoll_ctl() does not have. */
#define RECORDED_REGISTERED (1u << 27)

#endif
