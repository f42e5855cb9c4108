/* SPDX-License-Identifier: MIT */
/*
 * A listener of this very program, a recording of it that is made by hand, and an observer. Include
 * it after unit.h.
 */
#ifndef FINLEAK_TEST_OBSERVER_STAGE_H
#define FINLEAK_TEST_OBSERVER_STAGE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <sys/types.h>

#include "analyzer/observer/observer.h"
#include "tests/unit/recording_builder.h"

#define BACKLOG 7

struct stage {
	char *folder;
	char path[128]; /* of the recording */
	struct recording_builder *recording;
	struct observer *observer;
	struct sockaddr_in address;
	int listener;
	pid_t child; /* 0 none */
};

#define ON_STAGE(test) cmocka_unit_test_setup_teardown(test, stage_begin, stage_end)

/* Around each test: ON_STAGE(). */
int stage_begin(void **state);
int stage_end(void **state);

/* Another connection to the listener, which nobody has accepted. */
int connect_to(const struct stage *stage);

/* The kernel's cookie of the socket FD. */
uint64_t cookie_of(int fd);

/* Records that the program has FD open. */
struct recorded_socket *record(struct stage *stage, int fd);

/* One sample of process PID, by the recording as it stands; what it showed, which is the caller's.
 */
struct observation *sample_of(struct stage *stage, int pid, bool thorough,
			      const struct observation *previous);

/* Samples until socket COOKIE is seen with QUEUE to read in STATE; PREVIOUS is freed. */
struct observation *sample_until(struct stage *stage, struct observation *previous, uint64_t cookie,
				 uint8_t state, uint32_t queue);

/* A child that waits until it is killed, without the recorder. */
void start_child(struct stage *stage);

/* Kills the child that start_child() has started, if it runs. */
void end_child(struct stage *stage);

#endif
