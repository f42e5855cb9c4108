/* SPDX-License-Identifier: MIT */
/*
 * Shows a recording as JSON, for the runners to judge. By the analyzer's own reader, so that
 * "readable" means readable for finleak; what the reader lets pass but the recorder must never
 * write goes into "faults".
 *
 *	show_recording FILE		once
 *	show_recording -r FILE SECONDS COOKIE...
 *					reads it again and again while it is written; shows the
 *last, with the faults of all and how many there were ("reads"). The sockets COOKIE must be there,
 *their EOF read, each time.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "analyzer/recordings/recording_reader.h"

#define FAULTS_MAX 50

static struct json_object *faults;

__attribute__((format(printf, 1, 2))) static void fault(const char *format, ...)
{
	char text[512];
	va_list arguments;

	if (json_object_array_length(faults) >= FAULTS_MAX)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	json_object_array_add(faults, json_object_new_string(text));
}

static void put_number(struct json_object *to, const char *name, uint64_t value)
{
	json_object_object_add(to, name, json_object_new_uint64(value));
}

/* ID vouched for by an event: 0 is allowed where the recording counts lost stacks. */
static void check_stack(const struct recording *recording, size_t row, const char *what,
			uint32_t id)
{
	size_t frames;
	uint32_t seq;

	if (id == 0 && recording->header.lost[LOST_STACKS] > 0)
		return;
	if (!recording_stack(recording, id, &frames, &seq) || frames == 0)
		fault("row %zu: the %s stack %" PRIu32 " is not there", row, what, id);
}

static void check_socket(const struct recording *recording, size_t index)
{
	const struct recorded_socket *row = &recording->sockets[index];

	if (row->cookie == 0)
		fault("row %zu: open without a cookie", index);
	if (row->kind < KIND_TCP || row->kind > KIND_UNIX)
		fault("row %zu: kind %u", index, row->kind);
	if (row->source < SOURCE_SOCKET || row->source > SOURCE_ADOPTED)
		fault("row %zu: source %u", index, row->source);
	if (row->opened_ns == 0)
		fault("row %zu: opened at no time", index);
	if (row->source <= SOURCE_PAIR)
		check_stack(recording, index, "opened", row->opened_stack);
	if (row->eof_ns) {
		check_stack(recording, index, "EOF", row->eof_stack);
		if (row->eof_ns < row->opened_ns)
			fault("row %zu: its EOF was read before it was opened", index);
		if (!(row->life & LIFE_EOF))
			fault("row %zu: an EOF that nobody claimed", index);
	}
	if (row->error_ns && !row->error)
		fault("row %zu: failed without an error", index);
}

static void check_numbers(const struct recording *recording)
{
	size_t fd;

	for (fd = 0; fd < recording->descriptor_count; fd++) {
		uint32_t row = recorded_descriptor_row(recording->descriptors[fd]);

		if (row > recording->socket_count)
			fault("descriptor %zu: row %" PRIu32 " is beyond the table", fd, row - 1);
	}
}

static void check(const struct recording *recording)
{
	size_t i;

	for (i = 0; i < recording->socket_count; i++)
		if (recording->sockets[i].life & LIFE_OPEN)
			check_socket(recording, i);
	check_numbers(recording);
}

static struct json_object *show_stack(const struct recording *recording, uint32_t id)
{
	struct json_object *frames = json_object_new_array();
	size_t count, i;
	uint32_t seq;
	const uint64_t *pc = recording_stack(recording, id, &count, &seq);

	for (i = 0; pc && i < count; i++) {
		const struct recorded_module *module = recording_module_at(recording, pc[i], seq);
		struct json_object *frame = json_object_new_object();

		put_number(frame, "pc", pc[i]);
		if (module) {
			json_object_object_add(
				frame, "module",
				json_object_new_string(recording_module_path(recording, module)));
			put_number(frame, "offset", pc[i] - module->bias);
		}
		json_object_array_add(frames, frame);
	}
	return frames;
}

static struct json_object *show_numbers(const struct recording *recording, size_t row)
{
	struct json_object *numbers = json_object_new_array();
	size_t fd;

	for (fd = 0; fd < recording->descriptor_count; fd++)
		if (recorded_descriptor_row(recording->descriptors[fd]) == row + 1)
			json_object_array_add(numbers, json_object_new_int64((int64_t)fd));
	return numbers;
}

static struct json_object *show_socket(const struct recording *recording, size_t index)
{
	const struct recorded_socket *row = &recording->sockets[index];
	struct json_object *shown = json_object_new_object();

	put_number(shown, "cookie", row->cookie);
	put_number(shown, "descriptors", row->descriptors);
	put_number(shown, "source", row->source);
	put_number(shown, "kind", row->kind);
	put_number(shown, "opened_ns", row->opened_ns);
	put_number(shown, "eof_ns", row->eof_ns);
	put_number(shown, "eof_reads", row->eof_reads);
	put_number(shown, "error", row->error);
	json_object_object_add(shown, "numbers", show_numbers(recording, index));
	json_object_object_add(shown, "opened", show_stack(recording, row->opened_stack));
	json_object_object_add(shown, "read_eof", show_stack(recording, row->eof_stack));
	return shown;
}

static struct json_object *show_lost(const struct recording_header *header)
{
	static const char *const names[LOST_KINDS] = {
		[LOST_SOCKETS] = "sockets",     [LOST_DESCRIPTORS] = "descriptors",
		[LOST_STACKS] = "stacks",       [LOST_MODULES] = "modules",
		[LOST_TOTALS] = "totals",       [LOST_CHILDREN] = "children",
		[LOST_REENTERED] = "reentered", [LOST_UNSEEN_ENDS] = "unseen_ends",
		[LOST_SCRIPTS] = "scripts",
	};
	struct json_object *lost = json_object_new_object();
	unsigned int i;

	for (i = 0; i < LOST_KINDS; i++)
		put_number(lost, names[i] ? names[i] : "unnamed", header->lost[i]);
	return lost;
}

static struct json_object *show_totals(const struct recording *recording)
{
	struct json_object *totals = json_object_new_array();
	size_t i;

	for (i = 0; i < recording->total_count; i++) {
		const struct recorded_total *row = &recording->totals[i];
		struct json_object *total = json_object_new_object();

		put_number(total, "decision", row->decision);
		put_number(total, "count", row->count);
		json_object_object_add(total, "closed", show_stack(recording, row->closed_stack));
		json_object_array_add(totals, total);
	}
	return totals;
}

static struct json_object *show(const struct recording *recording, uint64_t reads)
{
	const struct recording_header *header = &recording->header;
	struct json_object *shown = json_object_new_object();
	struct json_object *sockets = json_object_new_array();
	size_t i;

	for (i = 0; i < recording->socket_count; i++)
		if (recording->sockets[i].life & LIFE_OPEN)
			json_object_array_add(sockets, show_socket(recording, i));
	put_number(shown, "reads", reads);
	put_number(shown, "pid", (uint64_t)header->pid);
	put_number(shown, "parent_pid", (uint64_t)header->parent_pid);
	put_number(shown, "origin", header->origin);
	put_number(shown, "end", header->end);
	put_number(shown, "opened", header->opened);
	put_number(shown, "eof", header->eof);
	put_number(shown, "closed", header->closed);
	put_number(shown, "open_now", header->open_now);
	put_number(shown, "heirs", header->heirs);
	put_number(shown, "blind", header->blind);
	put_number(shown, "rows", header->sections[SECTION_SOCKETS].used);
	put_number(shown, "departures_bytes",
		   header->sections[SECTION_DEPARTURES].used * sizeof(struct recorded_departure));
	put_number(shown, "birth_frames",
		   json_object_array_length(show_stack(recording, header->birth_stack)));
	json_object_object_add(shown, "lost", show_lost(header));
	json_object_object_add(shown, "totals", show_totals(recording));
	json_object_object_add(shown, "sockets", sockets);
	json_object_object_add(shown, "faults", faults);
	return shown;
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* What was counted can't be taken back. */
static void check_progress(const struct recording *before, const struct recording *after)
{
	if (after->header.opened < before->header.opened ||
	    after->header.closed < before->header.closed || after->header.eof < before->header.eof)
		fault("a counter of the header went back");
	if (after->header.sections[SECTION_STACKS].used <
	    before->header.sections[SECTION_STACKS].used)
		fault("the stacks became fewer");
}

static void check_left(const struct recording *recording, const char *cookie)
{
	uint64_t wanted = strtoull(cookie, NULL, 10);
	size_t i;

	for (i = 0; i < recording->socket_count; i++) {
		const struct recorded_socket *row = &recording->sockets[i];

		if ((row->life & LIFE_OPEN) && row->cookie == wanted && row->eof_ns)
			return;
	}
	fault("socket %s, left open with its end read, is missing", cookie);
}

int main(int argc, char **argv)
{
	bool again = argc >= 4 && strcmp(argv[1], "-r") == 0;
	const char *path = argv[again ? 2 : argc - 1];
	struct recording *recording = NULL, *last;
	uint64_t reads = 0;
	char error[512];
	double end;
	int i;

	if (!again && argc != 2) {
		fprintf(stderr, "usage: show_recording [-r] FILE [SECONDS COOKIE...]\n");
		return 2;
	}
	end = now() + (again ? strtod(argv[3], NULL) : 0);
	faults = json_object_new_array();
	do {
		last = recording;
		recording = recording_read(path, error, sizeof(error));
		if (!recording) {
			fprintf(stderr, "%s: %s\n", path, error);
			recording_free(last);
			return 1;
		}
		check(recording);
		for (i = 4; again && i < argc; i++)
			check_left(recording, argv[i]);
		if (last)
			check_progress(last, recording);
		recording_free(last);
		reads++;
	} while (now() < end);
	puts(json_object_to_json_string_ext(show(recording, reads), JSON_C_TO_STRING_PLAIN));
	recording_free(recording);
	return 0;
}
