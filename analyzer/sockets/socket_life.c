/* SPDX-License-Identifier: MIT */
#include "analyzer/sockets/socket_life.h"

bool life_is_held_by(const struct socket_life *life, const struct process *process)
{
	size_t i;

	for (i = 0; i < life->holding_count; i++)
		if (life->holdings[i].process == process)
			return true;
	return false;
}

const struct sighting *life_sighting(const struct socket_life *life, const struct process *process)
{
	size_t i;

	for (i = 0; i < life->sighting_count; i++)
		if (life->sightings[i].process == process)
			return &life->sightings[i];
	return NULL;
}

const struct observed_socket *life_seen_in(const struct socket_life *life,
					   const struct process *process)
{
	const struct sighting *sighting = life_sighting(life, process);

	return sighting ? sighting->socket : NULL;
}
