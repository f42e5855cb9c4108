/* SPDX-License-Identifier: MIT */
/*
 * Scenarios of what the kernel showed, each with what is found in it: recordings of a server (pid
 * 10) and of its child (11), each with the observation that is kept beside it. The server lives
 * from 1 s to 100 s; it was sampled last at 90 s. Include it after unit.h.
 */
#ifndef FINLEAK_TEST_KERNEL_SCENES_H
#define FINLEAK_TEST_KERNEL_SCENES_H

#include <stdbool.h>

#include "analyzer/recordings/observation_file.h"
#include "analyzer/rules/judge.h"
#include "tests/unit/recording_builder.h"

#define COOKIE          42
#define LISTENER_COOKIE 7
#define SIGHTED_MS      90000
#define MIN_HELD_MS     100

#define OBSERVED_ROWS 4

struct observing {
	struct observation observation;
	struct observed_socket sockets[OBSERVED_ROWS];
	struct observed_holder holders[OBSERVED_ROWS];
	struct observed_listener listeners[OBSERVED_ROWS];
	struct observed_poller pollers[OBSERVED_ROWS];
};

struct scene {
	struct recording_builder server, child;
	struct observing server_seen, child_seen;
	int has_child, is_running;
	/* Stack ids, in both recordings the same. */
	uint32_t opened, eof, listened, accepted, forked, spawned, closed;
};

struct scenario {
	const char *name;
	void (*fill)(struct scene *scene);
	int clean; /* nothing is found */
	enum leak_class class;
	enum leak_reason reason;
	enum verdict verdict;
	enum stack_kind deciding;
	int read_unseen;
	size_t findings; /* 0: one */
};

/* A socket of the server with COOKIE, its descriptor FD. */
struct recorded_socket *server_row(struct scene *scene, int fd, uint64_t cookie);

/* The server's socket; its EOF was read at MS. */
struct recorded_socket *server_eof(struct scene *scene, uint64_t ms);

/* Call it in the order of cookies. */
struct observed_socket *sees(struct observing *observing, int fd, uint64_t cookie, uint8_t state);

/* The server's socket, in CLOSE_WAIT with an unread FIN from 5 s on. */
struct observed_socket *stuck(struct scene *scene);

/* The recorder's own sample when the process ended. */
struct recorded_socket *exit_sampled(struct recorded_socket *row, uint32_t queue,
				     uint32_t quiet_ms);

/* The server closed one of its sockets at CLOSED_STACK. */
void add_exit_total(struct scene *scene, uint32_t closed_stack);

/* The server closed its socket at CLOSED_MS, and had read its EOF at EOF_MS (0: it had not). */
void departs(struct scene *scene, uint64_t closed_ms, uint64_t eof_ms);

/* Judges each of the COUNT scenarios in LIST and fails at the first that is not as expected. */
void play_scenarios(const struct scenario *list, size_t count);

#define FOUND(kind, why, how, stack)                                                               \
	.class = CLASS_##kind, .reason = REASON_##why, .verdict = VERDICT_##how,                   \
	.deciding = STACK_##stack

#define SCENARIO(function) .name = #function, .fill = function

#endif
