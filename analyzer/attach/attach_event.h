/* SPDX-License-Identifier: MIT */
/*
 * What the BPF program hands to finleak: the events of attached processes, and how it is set up.
 * Compiled on both sides, by clang for BPF and for the analyzer.
 */
#ifndef FINLEAK_ATTACH_EVENT_H
#define FINLEAK_ATTACH_EVENT_H

#ifndef __bpf__
#include <stdint.h>
#endif

/* System calls are known by number to the analyzer, and by these to the BPF program. */
enum attach_call {
	ATTACH_CALL_NONE,
	ATTACH_CALL_SOCKET,   /* socket */
	ATTACH_CALL_ACCEPT,   /* accept, accept4 */
	ATTACH_CALL_LISTEN,   /* listen */
	ATTACH_CALL_CONNECT,  /* connect */
	ATTACH_CALL_READ,     /* read, readv, recvfrom, recvmsg ... from their first argument */
	ATTACH_CALL_WRITE,    /* write, writev, sendto, sendmsg ... to their first argument */
	ATTACH_CALL_SPLICE,   /* splice: from the first argument to the third */
	ATTACH_CALL_SENDFILE, /* sendfile: to the first argument from the second */
	ATTACH_CALL_SHUTDOWN,
	ATTACH_CALL_CLOSE,
	ATTACH_CALL_CLOSE_RANGE,
	ATTACH_CALL_DUP,    /* dup */
	ATTACH_CALL_DUP_ON, /* dup2, dup3 */
	ATTACH_CALL_FCNTL,  /* fcntl: F_DUPFD and F_DUPFD_CLOEXEC */
	ATTACH_CALL_EXEC,   /* execve, execveat */
	ATTACH_CALL_FORK,   /* fork, vfork */
	ATTACH_CALL_CLONE,  /* clone: the second argument is the child's stack */
	ATTACH_CALL_CLONE3,
	ATTACH_CALL_RECVMSG,
	ATTACH_CALL_SENDMSG,
	ATTACH_CALL_EXIT,      /* exit_group */
	ATTACH_CALL_SOCKOPT,   /* getsockopt: SO_ERROR hands an error out */
	ATTACH_CALL_EPOLL_CTL, /* epoll_ctl */
	ATTACH_CALL_POLL,      /* epoll_wait and its relatives */
	ATTACH_CALL_RING,      /* io_uring_setup */
	ATTACH_CALL_RECVMMSG,  /* recvmmsg: is handed over as ATTACH_CALL_READ */
};

#define ATTACH_CALLS_MAX 512

enum attach_kind {
	ATTACH_EVENT_CALL = 1,      /* a system call has returned RESULT */
	ATTACH_EVENT_CLOSING,       /* FD is about to be closed, or replaced */
	ATTACH_EVENT_CLOSING_RANGE, /* the descriptors args[0] ... args[1] are */
	ATTACH_EVENT_SHUTTING,      /* shutdown() of FD is about to begin */
	ATTACH_EVENT_FORKED,        /* CHILD is a new process; RESULT: on a stack of its own */
	ATTACH_EVENT_KEPT,          /* another program takes it over, and has FD open */
	ATTACH_EVENT_EXECED,        /* ... has taken it over */
	ATTACH_EVENT_OPEN_AT_EXIT,  /* it ends, and has FD open */
	ATTACH_EVENT_EXITED,        /* it has ended: RESULT is its wait status */
	ATTACH_EVENT_EXITING,       /* exit_group() */
	ATTACH_EVENT_PASSED,        /* FD came in by SCM_RIGHTS */
	ATTACH_EVENT_SENT,          /* FD went out by SCM_RIGHTS */
	ATTACH_EVENT_EXECING,       /* exec was called */
	ATTACH_EVENT_MOVED,  /* bytes were read from FD, or written to it: the first, or a sample */
	ATTACH_EVENT_POLLED, /* a thread that has learned of an end waits for events again */
	ATTACH_EVENT_ASKED,  /* a goroutine wants what args[0] stands for, which another opens */
	ATTACH_EVENT_TAKEN,  /* ... and that one begins to, in a function that args[1] called */
	ATTACH_EVENT_SCRIPTS, /* struct attach_scripts: the next event's script frames */
};

/* A TCP socket. */
struct attach_socket {
	uint64_t sock;   /* its address in the kernel: its name, together with INODE */
	uint64_t cookie; /* 0: nobody has asked for it yet */
	uint32_t inode;
	uint16_t family; /* AF_INET, AF_INET6; 0: FD is no TCP socket */
	uint16_t protocol;
	uint16_t local_port; /* host byte order */
	uint16_t peer_port;
	uint8_t local[16]; /* network byte order; AF_INET: the first 4 */
	uint8_t peer[16];
	uint8_t state;
	uint8_t reserved[3];
	uint32_t unread;   /* bytes, and 1 for a FIN */
	uint32_t quiet_ms; /* since the peer's last segment; UINT32_MAX unknown */
	uint32_t sent_ms;  /* since data were sent last; UINT32_MAX never, or unknown */
};

/* As the system call found them. */
struct attach_registers {
	uint64_t pc, sp, fp;
	uint64_t rbx, r12, r13, r14, r15;
};

struct attach_event {
	uint32_t kind; /* enum attach_kind */
	uint32_t call; /* enum attach_call */
	uint32_t pid;
	uint32_t thread;
	uint64_t ns; /* CLOCK_MONOTONIC */
	int32_t fd;  /* what SOCKET is */
	union {
		uint32_t child;     /* a new process */
		uint32_t interest;  /* epoll_ctl(): the events that are asked for, or with
				       EPOLL_CTL_DEL: that were reported */
		uint32_t eof_reads; /* how often the end of FD was read */
	};
	int64_t result;
	uint64_t args[4];
	uint64_t goroutine; /* in Go's code: which one it is */
	struct attach_socket socket;
	uint64_t scripts; /* attach_scripts.hash of what came ahead; 0: the thread runs none */
	uint32_t image;   /* of the process: attach_target */
	uint32_t known;   /* the number of its stack in the recording: the event ends here; or 0 */
	uint32_t is_urgent;  /* finleak is to be woken */
	uint32_t stack_size; /* bytes of the stack that follow, from registers.sp up */
	struct attach_registers registers;
	uint8_t stack[];
};

/*
 * A stack that has been unwound once is known again by its return addresses, each at its place: it
 * is neither copied nor unwound a second time. Where to look them up:
 */
struct attach_stack_key {
	uint32_t pid;
	uint32_t image;
	uint64_t pc;
	uint64_t top;    /* the first word of the stack */
	uint32_t offset; /* of the stack pointer in its page: threads' stacks are alike */
	uint32_t way;    /* stacks with the same top have the ways from 0 on */
	uint64_t scripts;
};

/* So many callers of a function that makes a call, from frames of one size, are known. */
#define ATTACH_WAYS_MAX 16

#define ATTACH_WORDS_MAX 64

struct attach_known_stack {
	uint32_t number; /* in the recording */
	uint32_t count;
	uint16_t place[ATTACH_WORDS_MAX]; /* bytes above the stack pointer, ascending */
	uint64_t word[ATTACH_WORDS_MAX];
};

#define ATTACH_KNOWN_MAX 8192

/* The rooms for a stack: what is readable decides which one an event has. */
#define ATTACH_STACK_LEAST  1024u
#define ATTACH_STACK_SMALL  4096u
#define ATTACH_STACK_MIDDLE 8192u /* a main thread's, with the environment above it */
#define ATTACH_STACK_MEDIUM 16384u
#define ATTACH_STACK_LARGE  65536u

/* Descriptors that are sampled when a process ends, or is taken over by another program. */
#define ATTACH_SAMPLED_MAX 1024

/* A process to record, by its pid. */
struct attach_target {
	uint32_t image;        /* another number for each program that it runs */
	uint32_t events;       /* handed over so far */
	uint32_t pythons_seen; /* as of this change, ... */
	uint32_t is_python;    /* it runs a CPython whose frames are read */
};

/*
 * A process that runs CPython: where it has what, as in struct python_layout
 * (preload/runtimes/python/python_layouts.h).
 */
struct attach_python {
	uint64_t runtime; /* address of _PyRuntime */
	uint32_t image;   /* of the process: attach_target */
	uint16_t runtime_interpreters, interpreter_next, interpreter_threads;
	uint16_t thread_pthread, thread_frame, cframe_frame;
	uint16_t frame_size, frame_code, frame_previous, frame_instruction;
	uint16_t frame_owner, frame_entry;
	uint16_t code_file, code_function, code_lines;
	uint16_t reserved;
};

#define ATTACH_NO_CFRAME 0xffff

/* A frame of a script, as it is in the process. */
struct attach_script {
	uint64_t code; /* address of the code object */
	uint64_t instruction;
	uint64_t identity; /* a hash of what the code object is */
	uint8_t owner, entry;
	uint8_t reserved[6];
};

/* Deeper ones are cut at their outer end. */
#define ATTACH_SCRIPTS_MAX 64

/* The script frames, innermost first, of an event of the same thread that follows. */
struct attach_scripts {
	uint32_t kind; /* ATTACH_EVENT_SCRIPTS; these are where struct attach_event has them, ... */
	uint32_t count;
	uint32_t pid;
	uint32_t thread; /* ... up to here */
	uint64_t hash;
	uint32_t image;
	uint32_t cut; /* there are more */
	struct attach_script list[ATTACH_SCRIPTS_MAX];
};

/* The first events of a process are read at once: it may end before its files can be found. */
#define ATTACH_EVENTS_URGENT 256

/* finleak reads the others so often: to be woken costs the process. */
#define ATTACH_READ_MS 10

#define ATTACH_TARGETS_MAX 65536

/* A descriptor of a process. */
struct attach_number {
	uint32_t pid;
	int32_t fd;
};

/* Who waits on an epoll descriptor: too often for an event each. */
struct attach_poller {
	uint64_t entered_ns;  /* the last call */
	uint64_t returned_ns; /* the last return; 0: none yet */
	uint32_t thread;      /* who called last */
	uint32_t reported;    /* the events of all descriptors that the last return brought */
};

#define ATTACH_POLLERS_MAX 16384

/* What of a descriptor has been handed over already. */
struct attach_descriptor {
	uint32_t seen; /* ATTACH_SEEN_... */
	uint32_t eof_reads;
};

#define ATTACH_SEEN_READ  1u
#define ATTACH_SEEN_WRITE 2u
#define ATTACH_SEEN_OTHER 4u /* it is no TCP socket */

/* Of the calls that move bytes on a socket, but for the first, so many go by for one event. */
#define ATTACH_SAMPLE_PERIOD 128

/* How many events found no room in the ring. */
struct attach_lost {
	uint64_t events;
};

#endif
