/* SPDX-License-Identifier: MIT */
/*
 * A process that is recorded from the kernel: its ledger, its code, and which kernel socket each
 * row of the ledger is. The recording is made when there is something to record.
 */
#ifndef FINLEAK_ATTACHED_PROCESS_H
#define FINLEAK_ATTACHED_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uthash.h>

#include "analyzer/attach/attach_event.h"
#include "analyzer/attach/target_code.h"
#include "analyzer/attach/target_python.h"
#include "preload/ledger/ledger.h"
#include "preload/ledger/socket_table.h"

/* Which kernel socket a row stands for. A cookie would do, but not each socket has one yet. */
struct attached_row {
	uint64_t sock; /* 0: not known yet */
	uint32_t inode;
};

/* The last close of a descriptor number. */
struct attached_number {
	uint64_t ns; /* 0: none was seen */
	uint32_t stack;
};

/* A thread that has learned of an end: attached_next.h. */
struct attached_thread {
	uint32_t thread;
	uint32_t index;      /* the row whose end it learned last */
	uint32_t generation; /* of that row's life: the same socket */
	uint8_t kept;        /* calls to epoll about it */
	UT_hash_handle hh;
};

/* Go: what one goroutine had another one open: attached_goroutines.h. */
struct attached_handed {
	uint64_t key;   /* what it stands for; or the goroutine that has taken it */
	uint64_t from;  /* the goroutine that asked; or where the one that took it returns to */
	uint32_t stack; /* of who asked */
	UT_hash_handle hh;
};

/* A socket that stays open while another program takes the process over. */
struct attached_kept {
	int fd;
	struct attach_socket socket;
};

/* What a process runs, read when it began to: it may end before its recording is made. */
struct attached_program {
	char name[17];
	char executable[RECORDED_EXE_MAX];
	char command[RECORDED_COMMAND_MAX]; /* arguments separated by NUL */
	size_t command_size;
};

struct attached_process {
	int pid;
	int parent_pid;
	enum recording_origin origin;
	uint64_t start_ns;
	const char *folder;    /* of recordings, absolute */
	uint64_t namespace;    /* the inode of its network namespace; 0 unknown */
	struct ledger *ledger; /* without a recording as long as nothing was recorded */
	bool failed;           /* no recording could be made */
	bool asked_for;        /* its program gets a recording whatever it does */
	bool ended;
	bool lost_events;    /* events were lost, which may have been its own */
	bool is_gone;        /* it has ended: the event of that comes, or was lost */
	uint64_t exit_ns;    /* when its open sockets were sampled as it ended; 0: it had none */
	uint32_t exec_stack; /* of an exec that is under way; 0 none */
	bool has_own_stack;  /* it was spawned: its stack does not lead to who did it */
	struct attached_kept *kept; /* by an exec that is under way, ... */
	size_t kept_count;
	uint32_t kept_image; /* ... of this program: attach_event.image */
	struct attached_program program;
	struct target_code *code;
	struct target_python *python; /* its interpreter; NULL: none was found, by ... */
	unsigned int python_searches; /* ... so many searches */
	bool python_news;             /* it was found, and the BPF program does not know */
	struct attached_row *rows;    /* by row of the ledger */
	size_t row_room;
	size_t stack_most;     /* bytes that a stack has needed, of those taken since ... */
	size_t stacks_taken;   /* ... so many */
	uint32_t stack_limit;  /* bytes that are to be copied of a stack */
	uint32_t stack_copied; /* ... and that are */
	/* A stack that was unwound, to be known from now on; number 0: none. */
	struct attach_known_stack learned;
	struct attach_stack_key learned_key;
	struct attached_thread *threads; /* by thread id */
	struct attached_handed *asked;   /* by what it stands for */
	struct attached_handed *taken;   /* by goroutine */
	struct attached_number *numbers; /* by descriptor: when it was closed last */
	size_t number_room;
	UT_hash_handle hh;
};

/* Begins to record PID, whose parent is PARENT_PID; FOLDER outlives it. */
struct attached_process *attached_process_new(int pid, int parent_pid, enum recording_origin origin,
					      const char *folder);

/* Begins to record PID, a child that PARENT has forked at NOW (ns): it runs the same program. */
struct attached_process *attached_process_fork(const struct attached_process *parent, int pid,
					       uint64_t now);

/* Ends the use of the recording; the file stays. */
void attached_process_free(struct attached_process *process);

/* Another program has taken the process over at NOW (ns): it has no recording yet, and other code.
 */
void attached_process_begin_again(struct attached_process *process, uint64_t now);

/* Makes the recording, if there is none yet. False: there can't be one. */
bool attached_process_record(struct attached_process *process);

/* The path of the recording; NULL: there is none. The caller frees it. */
char *attached_process_path(const struct attached_process *process);

/* At NOW (ns) FD was another socket than the recording has, or none: what it has ended unseen. */
void attached_lose(struct attached_process *process, int fd, uint64_t now);

/*
 * Holds the row that FD refers to at NOW (ns) if it is SOCKET; else FD is adopted: it was opened
 * unseen. None: there is no room.
 */
struct held_socket attached_socket(struct attached_process *process, int fd,
				   const struct attach_socket *socket, uint64_t now);

/* As attached_socket(), but never adopts. */
struct held_socket attached_socket_tracked(struct attached_process *process, int fd,
					   const struct attach_socket *socket, uint64_t now);

/* FD is SOCKET, which was opened unseen: to the process it came by SOURCE, at NOW (ns). */
void attached_adopt(struct attached_process *process, int fd, const struct attach_socket *socket,
		    enum recorded_source source, uint64_t now);

/*
 * Begins a row for FD, which is SOCKET, to be filled and then published by attached_publish(). What
 * FD was before ended unseen. None: there is no room.
 */
struct held_socket attached_socket_new(struct attached_process *process, int fd,
				       const struct attach_socket *socket,
				       enum recorded_source source, uint64_t now);
void attached_publish(struct attached_process *process, struct held_socket held, int fd);

/* Makes FD one more descriptor of a row that is SOCKET, at NOW (ns). False: there is none. */
bool attached_join(struct attached_process *process, int fd, const struct attach_socket *socket,
		   uint32_t stack, uint64_t now);

/* Descriptor FD of CHILD, which is tracked, is the socket that it is in PARENT. */
void attached_same_socket(struct attached_process *child, const struct attached_process *parent,
			  int fd);

void attached_addresses(const struct attach_socket *socket, struct recorded_address *local,
			struct recorded_address *peer);

#endif
