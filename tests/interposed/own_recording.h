/* SPDX-License-Identifier: MIT */
/*
 * What a test sees of a recording while it is being written: its file, mapped read-only, as
 * preload/recording/recording.h lays it out. Nothing here goes through the analyzer, so that a
 * mistake there can't hide one in the recorder.
 */
#ifndef FINLEAK_TESTS_OWN_RECORDING_H
#define FINLEAK_TESTS_OWN_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include "preload/recording/recording.h"

/* Does this program run under the recorder? Else it checks only that the calls behave as usual. */
bool is_recorded(void);

/* The recording of this process. Fails the test where there is none. */
const struct recording_header *own_recording(void);

/* The recording number NTH (from 0, by time of start) of process PID, or NULL. Stays mapped. */
const struct recording_header *recording_of(pid_t pid, unsigned int nth);

/* How many recordings there are. */
unsigned int count_recordings(void);

/* The socket row of descriptor FD, or NULL where it is not tracked. */
const struct recorded_socket *row_in(const struct recording_header *recording, int fd);
/* row_in() of the own recording. */
const struct recorded_socket *row_of(int fd);

/* The string of RECORDING that begins at PLACE. */
const char *string_in(const struct recording_header *recording, uint32_t place);

/* Where FD was made as a duplicate: a stack id, 0 where it is none. */
uint32_t duplicate_stack_of(int fd);

/* The return addresses of STACK, innermost first. NULL and *count 0: there is no such stack. */
const uint64_t *frames_of(const struct recording_header *recording, uint32_t stack, size_t *count);

/* Is FUNCTION, of this program, the one that made the interposed call? */
bool stack_begins_in(const struct recording_header *recording, uint32_t stack,
		     const void *function);
/* Is FUNCTION, of this program, among the callers? */
bool stack_passes(const struct recording_header *recording, uint32_t stack, const void *function);

/* How many sockets were closed in FUNCTION for good, ended by DECISION before. Own recording. */
uint64_t closed_in(const void *function, enum recorded_decision decision);

/* Who waits on epoll descriptor EPOLL; NULL: nobody did so far. Own recording. */
const struct recorded_poller *poller_of(int epoll);

/* The newest birth that began in FUNCTION, or NULL. Own recording. */
const struct recorded_birth *birth_in(const void *function);

/* The newest departure of the socket with this COOKIE, or NULL. Own recording. */
const struct recorded_departure *departure_of(uint64_t cookie);

/* The module that held ADDRESS when stack sequence SEQ was current, or NULL. Own recording. */
const struct recorded_module *module_at(uint64_t address, uint32_t seq);

#endif
