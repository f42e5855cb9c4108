/* SPDX-License-Identifier: MIT */
/* The recorder around exec, and where a child was started as another program. Signal-safe; errno is
 * kept. */
#ifndef FINLEAK_PROCESS_EXEC_H
#define FINLEAK_PROCESS_EXEC_H

#include <sys/types.h>
#include "preload/recording/recording.h"

struct exec_target;

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

#endif
