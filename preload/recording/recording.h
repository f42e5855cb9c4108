/* SPDX-License-Identifier: MIT */
/*
 * The recording: what libfinleak.so writes and finleak reads. This header is the format's home and
 * its document.
 *
 * A recording is one file for one process image (an exec starts another one). It is a ledger, not
 * a log: its size follows the peak of open sockets and the number of distinct stacks, never time.
 * The file is created sparse at its full capacity, mapped MAP_SHARED and closed at once, so that
 * the program has no descriptor of the recorder's and whatever is stored survives kill -9.
 *
 *	header			one page: who was recorded, counters, the section table
 *	SECTION_DESCRIPTORS	descriptor number -> socket row, indexed by the number
 *	SECTION_SOCKETS		the open sockets; a closed socket's row is folded and used again
 *	SECTION_STACKS		interned stacks, referred to by their place in this section
 *	SECTION_MODULES		loaded modules: address range, bias, build-id, path
 *	SECTION_STRINGS		the modules' paths; the scripts' files, functions and languages; the
 *				labels
 *	SECTION_TOTALS		what was closed: counts for each (opened, decided, closed) triple
 *	SECTION_DEPARTURES	ring: sockets closed here that matter after their close
 *	SECTION_BIRTHS		ring: children started here, and where
 *	SECTION_SCRIPTS		lines of scripts that stacks refer to
 *	SECTION_POLLERS		who waits on each epoll descriptor, indexed by its number
 *
 * Numbers are in the byte order of the machine that recorded; a reader of another byte order sees
 * that by byte_order and declines. Times are ns of CLOCK_MONOTONIC; 0 means "did not happen". A
 * stack id is the offset of a struct recorded_stack in SECTION_STACKS, divided by
 * RECORDED_STACK_UNIT; 0 means "no stack". Sections start at a multiple of RECORDING_CHUNK.
 *
 * Publication. Several threads write at once and a reader may read at any instant, so:
 *  - the file has a name of its own, NAME.PID.N.starting, until it is whole, and then that of a
 *    recording: a recorder that is killed before that leaves no recording. header.ready is stored
 *    last;
 *  - a socket row is valid while LIFE_OPEN is set in its `life`, and the same row when `life`'s
 *    generation is the same before and after the reader has copied it;
 *  - of each event the *_ns is stored last (release): it vouches for its stack and details;
 *  - a stack, a script, a module and a string are never changed once their id has been published
 *    (but for recorded_module.unloaded_seq), so that forked children may refer to them;
 *  - a totals row counts when its `count` is not 0.
 *
 * Version rule. RECORDING_VERSION changes when a reader of the old version would misread the new
 * file. A field appended to the header (header_size shows it) or to a row (record_size shows it),
 * or a section appended, does not change it: readers take what they know and skip the rest by
 * record_size. A section that an older writer did not know is empty.
 */
#ifndef FINLEAK_RECORDING_H
#define FINLEAK_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#define RECORDING_MAGIC      "FINLEAK"
#define RECORDING_VERSION    2
#define RECORDING_BYTE_ORDER 0x01020304u
#define RECORDING_SUFFIX     ".finleak"
#define RECORDING_STARTING   ".starting" /* the suffix of one that is not whole yet */

/* The grain in which the recorder reserves pages of the file; sections are aligned to it. */
#define RECORDING_CHUNK 16384u

#define RECORDED_STACK_UNIT   8u
#define RECORDED_FRAMES_MAX   256u
#define RECORDED_BUILD_ID_MAX 32u
#define RECORDED_EXE_MAX      512u
#define RECORDED_COMMAND_MAX  1024u

/* NAME.PID.N.finleak, with its NUL. */
#define RECORDED_FILE_NAME_MAX 64u

/* A label, with its NUL. */
#define RECORDED_LABEL_MAX 256u

/* No chain of recordings that refer to each other is longer: the next child copies. */
#define RECORDED_GENERATIONS_MAX 8u

enum recording_section_id {
	SECTION_DESCRIPTORS,
	SECTION_SOCKETS,
	SECTION_STACKS,
	SECTION_MODULES,
	SECTION_STRINGS,
	SECTION_TOTALS,
	SECTION_DEPARTURES,
	SECTION_BIRTHS,
	SECTION_SCRIPTS,
	SECTION_POLLERS,
	SECTION_COUNT,
};

/* The sections that every file of version 2 has; the later ones were appended. */
#define RECORDING_SECTIONS_MIN 9u

struct recording_section {
	uint64_t offset;      /* from the start of the file, bytes */
	uint64_t capacity;    /* records (SECTION_STACKS, SECTION_STRINGS: bytes) */
	uint64_t used;        /* records from the start that may be in use; a ring: records ever
				 written, the newest at (used - 1) % capacity. May exceed capacity
				 where records were lost. */
	uint32_t record_size; /* bytes; 1 for SECTION_STACKS and SECTION_STRINGS */
	uint32_t inherited;   /* records 0 ... inherited - 1 are in the parent's file; the first of
				 this file is recorded_first_own() */
};

struct recording_extent {
	uint64_t bytes;
	uint64_t offset; /* from the start of the file */
};

/*
 * The first record of a section that may be in this file. Between `inherited` and it there is none:
 * a file's own records begin in a chunk of their own.
 */
static inline uint64_t recorded_first_own(const struct recording_section *section)
{
	uint64_t bytes = (uint64_t)section->inherited * section->record_size;

	if (section->inherited == 0 || section->record_size == 0)
		return 0;
	bytes = (bytes + RECORDING_CHUNK - 1) / RECORDING_CHUNK * RECORDING_CHUNK;
	return (bytes + section->record_size - 1) / section->record_size;
}

/* How the process came to its recording. */
enum recording_origin {
	ORIGIN_EXEC = 1,     /* a program that started with the recorder in it */
	ORIGIN_FORK = 2,     /* a forked child, with what it inherited */
	ORIGIN_ORPHAN = 3,   /* a forked child that inherited nothing, or whose fork went unseen */
	ORIGIN_ATTACHED = 4, /* a program that ran when `finleak attach` began to record it */
};

#define RECORDED_UNSEEN_MAX 63

/* How the recording ended. */
enum recording_end {
	END_NONE = 0,        /* still running, or killed: see header.reaped_ns */
	END_EXIT = 1,        /* exit, _exit, _Exit, quick_exit, return from main */
	END_EXEC = 2,        /* replaced by exec, and the new program makes a recording, too */
	END_EXEC_UNSEEN = 3, /* replaced by exec, and the new program makes none: the environment
				leaves finleak out, or it is static; where BLIND_EXEC_UNSEEN is not
				set, it opens no sockets */
	END_CONFINED = 4,    /* the process runs on, but under a seccomp filter of its own, which
				may kill it for a system call of ours */
	END_DETACHED = 5, /* the process runs on, but `finleak attach` has stopped recording it */
	END_SIGNAL = 6,   /* the process has sent itself a signal that ends it (abort(), raise()):
			     a handler may close more until it is gone; where the signal is
			     blocked it lives on */
};

/* What could not be recorded (P7). Indexes of header.lost. */
enum recording_lost {
	LOST_SOCKETS,     /* sockets that found no row (full file system, all rows taken) */
	LOST_DESCRIPTORS, /* descriptor numbers beyond the table */
	LOST_STACKS,      /* stacks that could not be taken or interned */
	LOST_MODULES,
	LOST_TOTALS,      /* closed sockets that found no totals row */
	LOST_CHILDREN,    /* forked children that could not create their recording */
	LOST_REENTERED,   /* news about a tracked descriptor inside a signal handler that had
			     interrupted the recorder */
	LOST_UNSEEN_ENDS, /* tracked descriptors found to be another socket, or none */
	LOST_SCRIPTS,     /* stacks that name the interpreter's code in place of the script's */
	LOST_EVENTS,      /* calls that `finleak attach` could not be told of in time */
	LOST_KINDS,
};

/* What the process did that finleak cannot see through (P7). Bits of header.blind. */
enum recording_blind {
	BLIND_IO_URING = 1 << 0,    /* io_uring_setup was called */
	BLIND_NO_UNWINDER = 1 << 1, /* stacks could not be taken: no unwinder */
	BLIND_EXEC_UNSEEN = 1 << 2, /* an exec or spawn of a program that may open sockets dropped
				       LD_PRELOAD, or it is static: see unseen_pids */
	BLIND_OLD_KERNEL = 1 << 3,  /* no MADV_POPULATE_WRITE: small fixed capacity */
};

/*
 * SECTION_POLLERS: the epoll_wait() calls on one epoll descriptor; and header.polled. A FIN wakes
 * whoever waits for it: where all calls were entered and had returned before it came, nobody has
 * learned of it.
 */
struct recorded_poller {
	uint64_t entered_ns;  /* the last call, by any thread; to 4 ms (CLOCK_MONOTONIC_COARSE) */
	uint64_t returned_ns; /* the last return; 0: none yet */
	int32_t thread;       /* who called last; 0: nobody ever did */
	uint32_t waits;       /* header.polled: the last call has not returned */
};

struct recording_header {
	char magic[8];        /* RECORDING_MAGIC with its NUL */
	uint32_t version;     /* RECORDING_VERSION */
	uint32_t byte_order;  /* RECORDING_BYTE_ORDER */
	uint32_t header_size; /* sizeof(struct recording_header) of the writer */
	uint32_t section_count;
	struct recording_section sections[SECTION_COUNT];

	uint32_t ready;  /* 1 when everything above and the identity below is complete */
	uint32_t origin; /* enum recording_origin */
	int32_t pid;     /* as the process itself sees it */
	int32_t parent_pid;
	uint64_t start_ns;         /* of this recording */
	int64_t start_realtime_ns; /* CLOCK_REALTIME at start_ns, to print dates */
	uint32_t birth_stack;      /* ORIGIN_FORK: where the parent forked (valid in this file) */
	uint32_t frames_limit;     /* frames kept of each stack */

	uint32_t end;       /* enum recording_end; stored after end_ns */
	uint32_t end_stack; /* END_EXEC*: where exec was called */
	uint64_t end_ns;
	uint64_t reaped_ns; /* stamped by `finleak run` when it saw the process gone; 0 unknown */
	uint64_t last_event_ns; /* to 1 ms: the last event was less than that later */
	uint64_t
		last_sample_ns; /* when the recorder asked the kernel for all open sockets (exit) */

	uint64_t descriptor_limit; /* RLIMIT_NOFILE soft limit, at start */
	uint64_t opened;           /* sockets opened, accepted or adopted so far */
	uint64_t eof;              /* sockets whose EOF was read */
	uint64_t closed;           /* sockets whose last descriptor was closed, seen or not */
	uint64_t open_now;         /* opened - closed */
	uint64_t heirs;            /* forked children that made a recording: as many with this
				      parent_pid are expected. Each counts itself here. */
	uint64_t lost[16];         /* by enum recording_lost */
	uint32_t blind;            /* enum recording_blind bits */
	uint32_t options;          /* enum recording_option bits */

	char executable[RECORDED_EXE_MAX];  /* NUL-terminated; cut when longer */
	char command[RECORDED_COMMAND_MAX]; /* arguments separated by NUL, ends with two NULs */
	char finleak_version[32];

	/*
	 * When the end of the process began, ns; 0: not known. EXITING_NS is stored by the recorder
	 * when exit() or quick_exit() is called: whatever is closed from then on is closed by the
	 * end of the program. (A return from main() goes unseen, but libc's exit() is in the
	 * stacks of what its handlers close.) SIGNALLED_NS is stamped by `finleak run` before it
	 * forwards a signal that asks for the end to a process of this family. The process may
	 * handle it by going on; of several signals within 10 s the first counts, but for a SIGHUP,
	 * else the last.
	 */
	uint64_t signalled_ns;
	uint64_t exiting_ns;

	/*
	 * A forked child refers to what its parent has interned: the stacks, modules, strings and
	 * scripts whose ids are below `inherited` of their sections are in PARENT_FILE, in the same
	 * folder, or in what that one refers to. GENERATION counts the files of that chain; 0:
	 * there is none, all is in this file. PARENT_FILE_START_NS is the start_ns of PARENT_FILE.
	 */
	uint32_t generation;
	/*
	 * END_EXEC: 1 if nothing kept the new program from making a recording. Where it has none
	 * it ended before it began: it was killed, or its loader failed.
	 */
	uint32_t exec_can_record;
	uint64_t parent_file_start_ns;
	char parent_file[RECORDED_FILE_NAME_MAX]; /* NUL-terminated */

	/*
	 * Forked children that got a tracked socket, counted by their parent. One that is neither
	 * in `heirs` nor in lost[LOST_CHILDREN] has not come so far: it was killed before, or its
	 * recording is under way.
	 */
	uint64_t heirs_forked;

	/*
	 * The processes that BLIND_EXEC_UNSEEN is about: how many, and the first of them. 0: its
	 * id is not known; -1: the exec failed, there is none.
	 */
	uint32_t unseen_count;
	int32_t unseen_pids[RECORDED_UNSEEN_MAX];

	/*
	 * The last close, by the thread that ended the process, of a socket that had been finished
	 * for a while, where that thread waited for nothing since, and computed for less than
	 * 100 ms: it was ending. 0: it was not, or that is not known.
	 */
	uint64_t wound_up_ns;

	/*
	 * Where sections go on: the first `bytes` of one are at its `offset`, what follows is at
	 * this one. 0 bytes: it lies in one piece. What most processes use of all sections is
	 * together so, at the beginning of the file.
	 */
	struct recording_extent more[SECTION_COUNT];

	/*
	 * The poll() and select() calls of all threads, as in SECTION_POLLERS, but for those that
	 * began while another thread waited. For which descriptors they waited is not kept.
	 */
	struct recorded_poller polled;
};

enum recording_option {
	OPTION_UNIX = 1 << 0,   /* unix=1: AF_UNIX sockets are tracked too */
	OPTION_KERNEL = 1 << 1, /* recorded from the kernel, by `finleak attach`: see start_ticks */
	/* finleak, not its user, has asked this process for /tmp/perf-PID.map. */
	OPTION_CODE_MAP = 1 << 2,
};

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
	LIFE_EOF = 1 << 1, /* first EOF claimed; eof_ns says when it is complete */
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
 * What names an MPTCP socket in place of its cookie: the inode, above all cookies and within what
 * JSON's readers take exactly. A connection that is accepted over MPTCP has the cookie of its
 * listener if that has one, which anybody's question gives it (Linux 6.18).
 */
#define RECORDED_MPTCP_NAMES (1ull << 52)

static inline uint64_t recorded_mptcp_name(uint32_t inode)
{
	return RECORDED_MPTCP_NAMES | inode;
}

/* SECTION_SOCKETS. 256 bytes: four cache lines. */
struct recorded_socket {
	uint32_t life;        /* generation and enum recorded_life bits */
	uint32_t descriptors; /* descriptors of this process that refer to it */
	uint64_t cookie;      /* SO_COOKIE: the kernel's name for it, never reused; 0 unknown.
				 MPTCP: recorded_mptcp_name() */

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
	 * and at one of 128 such calls of a thread. A program that never asks epoll leaves
	 * watch_stack 0.
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
	 * plus 1; 0: it has not said. Stored ahead of the time of what it was about.
	 */
	uint32_t opened_label;
	uint32_t ended_label; /* at the last of EOF, error and shutdown */
};

/* recorded_socket.receive_queue: the kernel does not show whether the end was read (MPTCP). */
#define RECORDED_QUEUE_UNKNOWN UINT32_MAX

/* recorded_socket.epoll_interest: an event that epoll_ctl() does not have. */
#define RECORDED_REGISTERED (1u << 27)

/*
 * SECTION_STACKS: return addresses, innermost first, frames of libfinleak itself left out. Where an
 * interpreter ran a script, the script's frames stand in the place of the interpreter's: each is a
 * row of SECTION_SCRIPTS, spelled as an address that no code can have.
 */
struct recorded_stack {
	uint32_t hash;
	uint16_t frames;
	uint16_t cut; /* 1: more frames than frames_limit, or it could not be followed further */
	uint32_t seq; /* module_seq when it was taken: which modules were where */
	uint32_t reserved;
	uint64_t pc[];
};

/* Bits 63 ... 32 of a script frame; below them is its row. Not canonical, so never an address. */
#define RECORDED_SCRIPT_FRAME 0x8000000000000000ull

static inline bool recorded_is_script(uint64_t pc)
{
	return pc >> 32 == RECORDED_SCRIPT_FRAME >> 32;
}

static inline uint32_t recorded_script_row(uint64_t pc)
{
	return (uint32_t)pc;
}

/* SECTION_SCRIPTS */
struct recorded_script {
	uint32_t file; /* offsets in SECTION_STRINGS, NUL-terminated; UTF-8, where the script's */
	uint32_t function; /* names are. Both cut when very long. */
	uint32_t line;     /* from 1; 0 unknown */
	uint32_t language; /* its name's offset in SECTION_STRINGS, plus 1; 0: an older writer */
};

/*
 * SECTION_MODULES. An address belongs, for a stack of sequence `seq`, to the module that covers
 * it and has the greatest loaded_seq that is not greater than `seq`.
 */
struct recorded_module {
	uint64_t start; /* address range of its segments in memory */
	uint64_t end;
	uint64_t bias;         /* address in memory - address in the file's symbol table */
	uint64_t file_size;    /* of the file at load time, and its mtime: distinguish a rebuilt one
				  without */
	int64_t file_mtime_ns; /* build-id; 0 unknown (vdso, deleted file) */
	uint32_t loaded_seq;
	uint32_t unloaded_seq;  /* 0: still there */
	uint32_t path;          /* offset in SECTION_STRINGS, NUL-terminated */
	uint32_t build_id_size; /* bytes; 0: it has none */
	uint8_t build_id[RECORDED_BUILD_ID_MAX];
};

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
	uint32_t reserved;
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
	DEPARTED_SHARED = 1 << 0, /* a relative, whom it was sent to, or io_uring may hold it */
	DEPARTED_STUCK = 1 << 1,  /* it had been finished for RECORDED_STUCK_NS */
	DEPARTED_SPUN = 1 << 2,   /* its EOF had been read RECORDED_SPIN_READS times */
	DEPARTED_LISTENER = 1 << 3,
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
