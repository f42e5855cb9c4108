/* SPDX-License-Identifier: MIT */
/*
 * The life of the process: forks, spawned children, exec and exit. Signal-safe unless a comment
 * states otherwise; errno is kept.
 */
#ifndef FINLEAK_PROCESS_H
#define FINLEAK_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "preload/recording/recording.h"

struct exec_target;
struct ledger;

/* Remembers who this program is. *Start-up only.* */
void process_identify(int argc, char *const *argv);

/* The path of this program. *After process_identify().* */
const char *process_executable(void);

/* Creates the recording of the program that starts; NULL: it can't be. *Start-up only.* */
struct ledger *process_start_recording(void);

/* Creates the recording of a forked child that has inherited nothing. A visit_make_recording. */
bool process_start_child_recording(struct ledger *own);

/* Around fork(): in the parent before it, in the parent after it, in the child. */
void process_before_fork(void);
void process_after_fork_in_parent(void);
void process_after_fork_in_child(void);

/* The fork has failed, which only its caller learns: there is no heir. */
void process_fork_failed(void);

/* Is there another thread, which may close and open sockets meanwhile? True where unknown. */
bool process_has_threads(void);

/*
 * From the next fork on the parent ends inside libc, unseen: daemon(3). The parent's end is noted
 * when it has forked.
 */
void process_parent_will_end(bool will_end);

/*
 * A child was started (KIND; PID or 0 where unknown) as TARGET with ENVIRONMENT (NULL: our own),
 * for held sockets to be traced to.
 */
void process_note_birth(enum recorded_birth_kind kind, pid_t pid, const struct exec_target *target,
			char *const *environment);

/* In the parent, by vfork.S: CHILD has ended or become another program. */
void process_after_vfork(pid_t child);

/* Before exec of TARGET with ENVIRONMENT (NULL: our own); after it has failed. */
void process_before_exec(const struct exec_target *target, char *const *environment);
void process_exec_failed(void);

/* exit() or quick_exit() is called: handlers and destructors run next. */
void process_exit_begins(void);

/* The process is about to end by exit or _exit: samples each open socket. */
void process_before_exit(void);

/*
 * The process is about to send itself a signal that ends it, unless it is blocked or, of abort(), a
 * handler jumps out. Any thread, signal-safe.
 */
void process_before_own_signal(void);

/* io_uring was set up, a BLIND_* bit: a blind spot of the report. */
void process_note_blind(enum recording_blind what);

/*
 * The process is about to install a seccomp filter. Such a filter lets the program's own system
 * calls through and may kill for any other, so the recording ends with process_confined(), which is
 * called when the filter is in force and makes no system call. False: there is nothing to end.
 */
bool process_before_confinement(void);
void process_confined(void);

#endif
