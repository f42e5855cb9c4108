/* SPDX-License-Identifier: MIT */
/*
 * Watches a folder of recordings while they are written and stamps on each when its process ended
 * (header.reaped_ns), which a killed process can't do itself. Keeps the map that the process wrote
 * of code made at run time.
 */
#ifndef FINLEAK_PROCESS_WATCH_H
#define FINLEAK_PROCESS_WATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "analyzer/observer/observer.h"
#include "analyzer/recordings/unrecorded.h"

struct process_watch;

/*
 * Watches FOLDER from now on; recordings already in it are left alone. LIBRARY is the path of
 * libfinleak.so. NULL with errno if the kernel refuses. End with process_watch_end.
 */
struct process_watch *process_watch_begin(const char *folder, const char *library);

/* Has a process with id PID created a recording? */
bool process_watch_knows(const struct process_watch *watch, int pid);

/* The processes whose recordings were removed so far, *count of them; WATCH's. */
const struct unrecorded *process_watch_removed(const struct process_watch *watch, size_t *count);

/* A descriptor to poll for reading; then call process_watch_check. */
int process_watch_descriptor(const struct process_watch *watch);

/* Notes new recordings and stamps those whose process has ended. Never blocks. */
void process_watch_check(struct process_watch *watch);

/*
 * Notes in each recording that is still written that its process is asked to end now, by SIGNAL.
 * Prints what fails.
 */
void process_watch_stamp_signal(struct process_watch *watch, int signal);

/*
 * The running processes, each with its newest recording; *count of them. End with
 * observed_programs_free.
 */
struct observed_program *process_watch_running(const struct process_watch *watch, size_t *count);

/* Checks once more and frees WATCH; NULL is allowed. */
void process_watch_end(struct process_watch *watch);

#endif
