/* SPDX-License-Identifier: MIT */
/* The life of one kernel socket, across all the processes that had it. */
#ifndef FINLEAK_SOCKET_LIFE_H
#define FINLEAK_SOCKET_LIFE_H

#include <stdbool.h>

#include "analyzer/recordings/process.h"

/* A process has the socket open, now or at its end. */
struct holding {
	const struct process *process;
	const struct recorded_socket *row;
	const int32_t *fds; /* the descriptors left, ascending */
	size_t fd_count;
	uint32_t duplicate_stack; /* of a descriptor left that a duplication made; 0 none */
	bool handed_on; /* exec replaced this image, and its successor has the socket: the history
			   counts, but it is not a holder */
	bool only_connection; /* the process has no other open that it accepted or was passed */
};

/* A process closed the socket while another one could still hold it. */
struct departing {
	const struct process *process;
	const struct recorded_departure *departure;
};

/* What a sample of a process showed of the socket. */
struct sighting {
	const struct process *process;
	const struct observed_socket *socket;
};

struct socket_life {
	struct socket_name {
		uint64_t cookie; /* 0: unknown, then the life has one holding only */
		uint64_t boot;   /* the kernel that gave the cookie */
	} name;
	struct holding *holdings;
	size_t holding_count;
	struct departing *departures;
	size_t departure_count;
	struct sighting *sightings; /* none: no sample, or none that is worth keeping */
	size_t sighting_count;
	const struct socket_life *listener; /* in whose queue it waits; NULL none */
};

struct sockets {
	struct socket_life **lives; /* in the order of the recordings */
	size_t count;
	/*
	 * How many sockets were opened; a socket that processes inherited or passed to one another
	 * counts once. If a process closed more of these than its recording keeps, the rest count
	 * again.
	 */
	uint64_t opened;

	/* All of them, by process, in the order of the recordings; `handed_on` is of lives only. */
	struct holding *holdings;
	size_t holding_count;

	/* Private: what else was gathered, in the order of the recordings. */
	struct departing *departings;
	size_t departing_count;
	struct sighting *sightings;
	size_t sighting_count;
	struct socket_life *held; /* room for the life that is first met as a holding */
	int32_t **fd_lists;       /* one for each process: what holding.fds point into */
	size_t fd_list_count;
};

/* Has PROCESS LIFE open, now or at its end? */
bool life_is_held_by(const struct socket_life *life, const struct process *process);

/* What samples of PROCESS showed of LIFE; NULL nothing. */
const struct sighting *life_sighting(const struct socket_life *life, const struct process *process);
const struct observed_socket *life_seen_in(const struct socket_life *life,
					   const struct process *process);

#endif
