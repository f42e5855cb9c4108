/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/runs_in_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/recordings/observation_file.h"
#include "analyzer/recordings/recording_reader.h"
#include "analyzer/recordings/stand_in.h"

static bool has_stand_in(const struct recordings *recordings, const char *path)
{
	size_t i;

	for (i = 0; i < recordings->count; i++)
		if (recordings->list[i].recording->is_stand_in &&
		    strcmp(recordings->list[i].recording->path, path) == 0)
			return true;
	return false;
}

/* Adds what samples showed of UNRECORDED, a process of a run in FOLDER, if they showed sockets. */
static void add_stand_in(struct recordings *recordings, const char *folder,
			 const struct unrecorded *unrecorded)
{
	char *path = stand_in_path(folder, unrecorded->pid, unrecorded->run);
	struct observation *observation = NULL;
	struct recording_header *header;
	struct recording *recording;

	if (!has_stand_in(recordings, path))
		observation = observation_read(path, NULL);
	if (!observation || observation->pid != unrecorded->pid) {
		observation_free(observation);
		goto out;
	}
	recording = stand_in_recording(path, unrecorded->pid, unrecorded->command);
	recordings_add(recordings, recording, observation);
	/* What happened after the last sample is not known. */
	header = &recording->header;
	header->start_ns = observation->first_ns;
	header->end_ns = observation->sampled_ns;
	header->end = END_EXIT;
out:
	free(path);
}

/* One that the file of its run does not name yet. */
static void add_observed_stand_in(struct recordings *recordings, const char *folder, int pid,
				  uint64_t run)
{
	const struct unrecorded unrecorded = {
		.pid = pid,
		.run = run,
		.reason = "why is reported when its run has ended",
	};

	recordings_add_unrecorded(recordings, &unrecorded, 1);
	add_stand_in(recordings, folder, &unrecorded);
}

/* NAME is of an observation, COMM.PID.N.observed. */
static void add_observed(struct recordings *recordings, const char *folder, const char *name)
{
	size_t length = strlen(name) - strlen(OBSERVATION_SUFFIX);
	const char *end = memrchr(name, '.', length), *dot;
	struct unrecorded unrecorded = { .reason = "its recording was removed" };
	char *recording;
	uint64_t run;
	int pid;

	if (stand_in_parse(name, &pid, &run)) {
		add_observed_stand_in(recordings, folder, pid, run);
		return;
	}
	dot = end ? memrchr(name, '.', (size_t)(end - name)) : NULL;
	if (!dot)
		return;
	recording = allocate_printed("%s/%.*s" RECORDING_SUFFIX, folder, (int)length, name);
	unrecorded.pid = atoi(dot + 1);
	snprintf(unrecorded.command, sizeof(unrecorded.command), "%.*s", (int)(dot - name), name);
	if (unrecorded.pid > 0 && access(recording, F_OK) < 0)
		recordings_add_unrecorded(recordings, &unrecorded, 1);
	free(recording);
}

static bool is_same(const struct run_options *a, const struct run_options *b)
{
	return a->min_held_ns == b->min_held_ns && a->late_ns == b->late_ns &&
	       a->idle_ns == b->idle_ns && a->strict == b->strict;
}

/* RECORD of a folder; NULL: there is none. */
static void take_connections(struct recordings *recordings, const struct run_record *record)
{
	recordings->connected |= !record || !record->no_connections;
}

static void take_options(struct recordings *recordings, const struct run_record *record)
{
	if (!record->has_options)
		return;
	if (recordings->has_options)
		recordings->options_differ |= !is_same(&recordings->options, &record->options);
	else
		recordings->options = record->options;
	recordings->has_options = true;
}

void run_beside_recording(struct recordings *recordings, const char *path)
{
	char *folder = path_folder(path);
	struct run_record *record = run_record_read(folder);

	take_connections(recordings, record);
	if (record)
		take_options(recordings, record);
	run_record_free(record);
	free(folder);
}

/* What RECORD, of FOLDER, knows of processes without a recording in run number RUN (0: in all). */
static void add_unrecorded_in(struct recordings *recordings, const char *folder,
			      const struct run_record *record, uint64_t run)
{
	size_t i;

	for (i = 0; i < record->unrecorded_count; i++) {
		const struct unrecorded *unrecorded = &record->unrecorded[i];

		if (run && unrecorded->run != run)
			continue;
		recordings_add_unrecorded(recordings, unrecorded, 1);
		if (!unrecorded->no_sockets)
			add_stand_in(recordings, folder, unrecorded);
	}
}

void run_last_in_folder(struct recordings *recordings, const char *folder)
{
	struct run_record *record = run_record_read(folder);

	take_connections(recordings, record);
	if (record)
		add_unrecorded_in(recordings, folder, record, record->runs);
	run_record_free(record);
}

void runs_in_folder(struct recordings *recordings, const char *folder)
{
	struct run_record *record = run_record_read(folder);
	DIR *directory = opendir(folder);
	struct dirent *entry;

	take_connections(recordings, record);
	if (record) {
		take_options(recordings, record);
		add_unrecorded_in(recordings, folder, record, 0);
	}
	run_record_free(record);
	while (directory && (entry = readdir(directory)) != NULL)
		if (path_suffix(entry->d_name, OBSERVATION_SUFFIX))
			add_observed(recordings, folder, entry->d_name);
	if (directory)
		closedir(directory);
}
