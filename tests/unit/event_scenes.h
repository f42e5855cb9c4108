/* SPDX-License-Identifier: MIT */
/*
 * Scenarios of what programs did, each with what is found in it. A scenario fills the recordings of
 * up to three processes: a server (pid 10), its child (11) and a third (12). Include it after
 * unit.h.
 */
#ifndef FINLEAK_TEST_EVENT_SCENES_H
#define FINLEAK_TEST_EVENT_SCENES_H

#include <stdbool.h>

#include "analyzer/rules/judge.h"
#include "tests/unit/recording_builder.h"

#define COOKIE 42

#define KERNEL_ESTABLISHED 1
#define KERNEL_CLOSE       7
#define KERNEL_CLOSE_WAIT  8

#define WRITE_SHUT 2 /* shutdown_how of shutdown(SHUT_WR) */
#define BOTH_SHUT  3

struct scene {
	struct recording_builder server, child, third;
	int has_child, has_third;
	/* Stack ids, in every recording the same. */
	uint32_t opened, eof, error, shutdown, connect, duplicated, forked, execed, closed,
		accepted;
};

struct scenario {
	const char *name;
	void (*fill)(struct scene *scene);
	int clean;   /* nothing is found */
	bool strict; /* --strict */
	enum leak_class class;
	enum leak_reason reason;
	enum verdict verdict;
	enum stack_kind deciding;
	int holder;     /* pid; 0 any */
	size_t holders; /* 0: any number */
};

/* Stack 4711 stands for one with exit handlers in it: what the symbols would say. */
#define STACK_OF_THE_END 4711

/* The server's only socket, descriptor 5, opened at OPENED. */
struct recorded_socket *server_socket(struct scene *scene);

/* The same; its EOF was read at MS. */
struct recorded_socket *server_eof(struct scene *scene, uint64_t ms);

/* A forked child that inherited the socket at 3 s. */
struct recorded_socket *child_socket(struct scene *scene);

/* The child ends at MS. */
void child_ends(struct scene *scene, uint64_t ms);

/* BUILDER's process closed the socket at CLOSED_MS; it read its EOF at EOF_MS (0: it did not). */
struct recorded_departure *departs(struct scene *scene, struct recording_builder *builder,
				   uint64_t closed_ms, uint64_t eof_ms);

/* The sample at the exit found ROW in STATE; the last data was sent LAST_SENT_MS before. */
void looked(struct recorded_socket *row, uint8_t state, uint32_t last_sent_ms);

/* It read an EOF at 5 s, and was killed nobody knows when. */
void eof_of_killed_at_unknown_time(struct scene *scene);

/* Three sockets that the server closed HELD_MS after it had read their EOF. */
struct recorded_total *total_of_eof(struct scene *scene, uint64_t held_ms);

/* A socket that was finished at FINISHED_MS and closed at CLOSED_MS, as the ring keeps it. */
struct recorded_departure *closes(struct scene *scene, uint64_t finished_ms, uint64_t closed_ms,
				  enum recorded_decision decision);

/* Judges each of the COUNT scenarios in LIST and fails at the first that is not as expected. */
void play_scenarios(const struct scenario *list, size_t count);

#define LEAK(kind, why, stack)                                                                     \
	.class = CLASS_##kind, .reason = REASON_##why, .verdict = VERDICT_LEAK,                    \
	.deciding = STACK_##stack
#define NOTE(kind, why, stack)                                                                     \
	.class = CLASS_##kind, .reason = REASON_##why, .verdict = VERDICT_NOTE,                    \
	.deciding = STACK_##stack
#define WARNING(kind, why, stack)                                                                  \
	.class = CLASS_##kind, .reason = REASON_##why, .verdict = VERDICT_WARNING,                 \
	.deciding = STACK_##stack

#define SCENARIO(function) .name = #function, .fill = function

#endif
