/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recording_set.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/recordings/recording_reader.h"

void recordings_add(struct recordings *recordings, struct recording *recording,
		    struct observation *observation)
{
	struct process *process =
		allocate_next(&recordings->list, recordings->count, sizeof(*process));

	process->recording = recording;
	process->observation = observation;
	recordings->count++;
}

static void add_unrecorded(struct recordings *recordings, const struct unrecorded *unrecorded)
{
	size_t i;

	for (i = 0; i < recordings->unrecorded_count; i++) {
		if (recordings->unrecorded[i].pid != unrecorded->pid)
			continue;
		if (recordings->unrecorded[i].no_sockets)
			recordings->unrecorded[i] = *unrecorded;
		return;
	}
	*(struct unrecorded *)allocate_next(&recordings->unrecorded, recordings->unrecorded_count,
					    sizeof(*unrecorded)) = *unrecorded;
	recordings->unrecorded_count++;
}

void recordings_add_unrecorded(struct recordings *recordings, const struct unrecorded *unrecorded,
			       size_t count)
{
	size_t i;

	for (i = 0; i < count; i++)
		add_unrecorded(recordings, &unrecorded[i]);
}

const struct unrecorded *recordings_find_unrecorded(const struct recordings *recordings, int pid)
{
	size_t i;

	for (i = 0; i < recordings->unrecorded_count; i++)
		if (recordings->unrecorded[i].pid == pid)
			return &recordings->unrecorded[i];
	return NULL;
}

void recordings_free(struct recordings *recordings)
{
	size_t i;

	if (!recordings)
		return;
	for (i = 0; i < recordings->count; i++) {
		recording_free(recordings->list[i].recording);
		observation_free(recordings->list[i].observation);
	}
	free(recordings->list);
	free(recordings->unrecorded);
	free(recordings);
}
