/* SPDX-License-Identifier: MIT */
/*
 * The recording: what libfinleak.so writes and finleak reads. This header, with recorded_*.h beside
 * it for the rows of its sections, is the home of the format and its document.
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

#include <stdint.h>

#include "preload/recording/recorded_past.h"
#include "preload/recording/recorded_socket.h"
#include "preload/recording/recorded_stack.h"

#define RECORDING_MAGIC      "FINLEAK"
#define RECORDING_VERSION    2
#define RECORDING_BYTE_ORDER 0x01020304u
#define RECORDING_SUFFIX     ".finleak"
#define RECORDING_STARTING   ".starting" /* the suffix of one that is not whole yet */

/* The grain in which the recorder reserves pages of the file; sections are aligned to it. */
#define RECORDING_CHUNK 16384u

#define RECORDED_EXE_MAX     512u
#define RECORDED_COMMAND_MAX 1024u

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
	LOST_EVENTS,      /* calls that came too fast for `finleak attach` */
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

	/*
	 * The first close, ns, of a handler of a signal by which a process crashes (SIGSEGV,
	 * SIGABRT...): it ends, and whatever is closed from then on is closed by that, unless it
	 * opens a socket later, for then it has survived. 0: there was none, or the thread has
	 * closed others since, outside the handler.
	 */
	uint64_t crashed_ns;

	/*
	 * The last answer, by the thread that ended the process, to a peer whose EOF it had read
	 * right before, where that thread waited for nothing since, and computed for less than
	 * 100 ms: it answered and ended. 0: it did not, or that is not known.
	 */
	uint64_t answered_ns;
};

enum recording_option {
	OPTION_UNIX = 1 << 0,   /* unix=1: AF_UNIX sockets are tracked too */
	OPTION_KERNEL = 1 << 1, /* recorded from the kernel, by `finleak attach`: see start_ticks */
	/* finleak, not its user, has asked this process for /tmp/perf-PID.map. */
	OPTION_CODE_MAP = 1 << 2,
	/* The program is linked to liburing, whose system calls are not visible. */
	OPTION_LIBURING = 1 << 3,
};

#endif
