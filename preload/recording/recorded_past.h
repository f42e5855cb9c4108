/* SPDX-License-Identifier: MIT */
/* Of a recording (recording.h): what is over: closed sockets, and the births of children. */
#ifndef FINLEAK_RECORDED_PAST_H
#define FINLEAK_RECORDED_PAST_H

#include <stdint.h>

#include "preload/recording/recorded_socket.h"

/* What decided over a socket, in a totals row: how the program learned that it is finished. */
enum recorded_decision {
	DECIDED_NOT = 0, /* closed before anything ended it */
	DECIDED_EOF = 1,
	DECIDED_ERROR = 2,
	DECIDED_SHUTDOWN = 3,
	DECIDED_CONNECT = 4,
	DECIDED_FIN_UNREAD = 5,   /* the kernel's word: the peer closed, nobody read that */
	DECIDED_RESET_UNREAD = 6, /* ... reset or timed out, and no call returned the error */
};

/*
 * Histogram of how long sockets were held between the decision and the close: four buckets to an
 * octave from 1 us up, 128 buckets: the last begins at 2^31.75 us (about 60 minutes). A bucket's
 * width is a quarter octave, so a median read from it is within 19 %.
 */
#define HELD_BUCKETS 128

static inline unsigned int held_bucket(uint64_t ns)
{
	uint64_t us = ns / 1000;
	unsigned int octave, quarter, bucket;

	if (us < 4)
		return us <= 1 ? 0 : us == 2 ? 4 : 6;
	octave = 63 - __builtin_clzll(us);
	quarter = (us >> (octave - 2)) & 3;
	bucket = octave * 4 + quarter;
	return bucket < HELD_BUCKETS ? bucket : HELD_BUCKETS - 1;
}

/* The shortest time that falls into the bucket, ns. */
static inline uint64_t held_bucket_floor(unsigned int bucket)
{
	unsigned int octave = bucket / 4, quarter = bucket % 4;

	if (bucket == 0)
		return 0;
	return ((4ull + quarter) << octave) * 1000 / 4;
}

/* SECTION_TOTALS */
struct recorded_total {
	uint32_t opened_stack;
	uint32_t decided_stack;
	uint32_t closed_stack;
	uint32_t decision; /* enum recorded_decision */
	uint64_t count;
	uint64_t held_sum_ns; /* between decision and close; DECIDED_NOT: 0 */
	uint64_t held_max_ns;
	uint32_t eof_reads_max; /* how often the EOF of one of them was read */
	uint32_t answered;      /* of DECIDED_EOF: so many were written to after their EOF */
	uint32_t held[HELD_BUCKETS];
};

/*
 * The recorder asks the kernel about a socket that is closed, and keeps the close as a departure,
 * where the socket was open, or was finished, for this long. It is less than --min-held can be
 * of use: below 10 ms a program has not had the time to forget anything.
 */
#define RECORDED_STUCK_NS 10000000u

/* An EOF that was read so often is worth a departure too: the program spins. */
#define RECORDED_SPIN_READS 64u

/* Bits of recorded_departure.flags: why the close is kept. */
enum recorded_departure_flag {
	DEPARTED_SHARED =
		1 << 0, /* a relative, a process that it was sent to, or io_uring may hold it */
	DEPARTED_STUCK = 1 << 1, /* it had been finished for RECORDED_STUCK_NS */
	DEPARTED_SPUN = 1 << 2,  /* its EOF had been read RECORDED_SPIN_READS times */
	DEPARTED_LISTENER = 1 << 3,
	DEPARTED_ANSWERED = 1 << 4, /* no longer ago than that it was written to, after its EOF */
};

/* SECTION_DEPARTURES: a socket that was closed here, where that is not the end of its story. */
struct recorded_departure {
	uint64_t cookie;
	uint64_t closed_ns; /* stored last */
	uint64_t eof_ns;    /* 0: closed without having read the EOF here */
	uint32_t opened_stack;
	uint32_t eof_stack;
	uint32_t closed_stack;
	uint8_t source; /* enum recorded_source */
	uint8_t kind;
	uint16_t reserved;
	int32_t fd;
	uint32_t flags; /* enum recorded_departure_flag */
	struct recorded_address local;
	struct recorded_address peer;
	uint32_t eof_reads;
	uint32_t decided_stack;
	uint32_t decision; /* enum recorded_decision */
	uint32_t last_use_stack;
	uint64_t decided_ns;
	uint64_t opened_ns;
	uint8_t last_use; /* enum recorded_use */
	uint8_t role;     /* enum recorded_role */
	uint16_t reserved2;
	uint32_t opened_label; /* as in struct recorded_socket */
	union {
		uint32_t listen_stack; /* of a listener */
		uint32_t reread_stack; /* EOF_NS is set: as in struct recorded_socket */
		uint32_t paused_stack; /* EOF_NS is 0: as there */
	};
	uint32_t duplicate_stack; /* of the duplication that made FD; 0: none did, or unknown */
	uint64_t part_closed_ns;  /* a descriptor was closed before while FD stayed; 0: none was */
	uint64_t sent_ns; /* data were sent last, where the kernel was asked; 0: never, or unknown
			   */
	uint64_t next_ns; /* these as in struct recorded_socket */
	uint32_t read_stack;
	uint32_t write_stack;
	uint32_t watch_stack;
	uint32_t next_stack;
	int32_t next_fd;
	uint8_t next;
	uint8_t reserved3[3];
	uint32_t unread; /* bytes, without a FIN, where the kernel was asked; 0: none, or unknown */
	uint32_t reserved4;
};

enum recorded_birth_kind {
	BIRTH_FORK = 1,
	BIRTH_SPAWN = 2, /* posix_spawn, vfork */
	BIRTH_SHELL = 3, /* system, popen: pid unknown */
};

/* SECTION_BIRTHS: children, so that what they hold can be traced to where they were started. */
struct recorded_birth {
	uint64_t ns; /* stored last */
	int32_t pid; /* 0 unknown */
	uint32_t stack;
	uint32_t kind; /* enum recorded_birth_kind */
	uint32_t reserved;
};

#endif
