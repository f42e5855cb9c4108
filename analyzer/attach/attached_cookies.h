/* SPDX-License-Identifier: MIT */
/*
 * The cookies of sockets, by which recordings of several processes, and the kernel's tables, are
 * joined. The kernel gives a socket its cookie when it is asked for it, which a BPF program can't
 * do everywhere: rows have none at first.
 */
#ifndef FINLEAK_ATTACHED_COOKIES_H
#define FINLEAK_ATTACHED_COOKIES_H

#include "analyzer/attach/attached_process.h"

/*
 * Fills in those of all rows of COUNT processes. Processes of one network namespace cost one walk
 * through its table.
 */
void attached_name_all(struct attached_process **processes, size_t count);

/* Fills in those of the connections and listeners of PROCESS, each by a question of its own. */
void attached_name_sockets(struct attached_process *process);

/* Fills in that of FD, which another process may hold as well. */
void attached_name_socket(struct attached_process *process, int fd);

/*
 * PROCESS is about to part with FD, which another one holds, or may hold, or with all sockets:
 * fills in what others know them by. A socket that nobody has any more has no cookie, and is named
 * by its inode in all recordings.
 */
void attached_name_shared_socket(struct attached_process *process, int fd);
void attached_name_if_shared(struct attached_process *process, int fd);
void attached_name_shared(struct attached_process *process);

#endif
