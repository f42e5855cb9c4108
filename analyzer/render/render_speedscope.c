/* SPDX-License-Identifier: MIT */
/* A file for speedscope.app: two profiles of the same stacks, by sockets and by time held. */
#include "analyzer/render/render.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/json_stream.h"
#include "analyzer/render/profile_frames.h"

#define SPEEDSCOPE_SCHEMA "https://www.speedscope.app/file-format-schema.json"

/* A line of code; what has none is known by its name. */
struct code_place {
	char *key;
	char *name;
	const char *file; /* NULL unknown */
	unsigned int line;
	size_t index;
	UT_hash_handle hh;
};

/* The places that frames are in; HH keeps the order in which they were found. */
struct code_places {
	struct code_place *found;
};

/* Takes NAME over. */
static const struct code_place *place_named(struct code_places *places, char *name,
					    const char *file, unsigned int line)
{
	char *key = allocate_printed("%s\n%s:%u", name, file ? file : "", line);
	struct code_place *place;

	HASH_FIND_STR(places->found, key, place);
	if (place) {
		free(key);
		free(name);
		return place;
	}
	place = allocate_zeroed(1, sizeof(*place));
	*place = (struct code_place){
		.key = key,
		.name = name,
		.file = file,
		.line = line,
		.index = HASH_COUNT(places->found),
	};
	HASH_ADD_KEYPTR(hh, places->found, place->key, strlen(place->key), place);
	return place;
}

static const struct code_place *place_of(struct code_places *places, const struct frame *frame)
{
	return place_named(places, profile_frame_name(frame), frame->file, frame->line);
}

static const struct code_place *place_of_program(struct code_places *places,
						 const struct report *report,
						 const struct report_leak *leak)
{
	return place_named(places, profile_program(report, leak), NULL, 0);
}

static void clear(struct code_places *places)
{
	struct code_place *place, *next;

	HASH_ITER(hh, places->found, place, next) {
		HASH_DEL(places->found, place);
		free(place->key);
		free(place->name);
		free(place);
	}
}

/* Outermost first. */
static void write_sample(struct json_stream *samples, struct code_places *places,
			 const struct report *report, const struct report_leak *leak)
{
	struct json_stream sample = json_stream_begin_inside(samples, NULL, '[');
	const struct report_stack *stack = profile_stack(leak);
	size_t i;

	json_stream_count(&sample, NULL, place_of_program(places, report, leak)->index);
	for (i = stack ? stack->count : 0; i > 0; i--)
		json_stream_count(&sample, NULL, place_of(places, &stack->frames[i - 1])->index);
	if (!stack)
		json_stream_count(&sample, NULL,
				  place_named(places, profile_place_name(leak), NULL, 0)->index);
	json_stream_end(&sample);
}

static double sockets_of(const struct report_leak *leak)
{
	return (double)report_leak_counting(leak);
}

static void write_profile(struct json_stream *profiles, struct code_places *places,
			  const struct report *report, const char *name, const char *unit,
			  double (*weight)(const struct report_leak *leak))
{
	struct json_stream profile = json_stream_begin_inside(profiles, NULL, '{'), list;
	double sum = 0;
	size_t i;

	json_stream_text(&profile, "type", "sampled");
	json_stream_text(&profile, "name", name);
	json_stream_text(&profile, "unit", unit);
	list = json_stream_begin_inside(&profile, "samples", '[');
	for (i = 0; i < report->leak_count; i++)
		if (profile_has(&report->leaks[i]))
			write_sample(&list, places, report, &report->leaks[i]);
	json_stream_end(&list);
	list = json_stream_begin_inside(&profile, "weights", '[');
	for (i = 0; i < report->leak_count; i++)
		if (profile_has(&report->leaks[i])) {
			json_stream_decimal(&list, NULL, weight(&report->leaks[i]));
			sum += weight(&report->leaks[i]);
		}
	json_stream_end(&list);
	json_stream_count(&profile, "startValue", 0);
	json_stream_decimal(&profile, "endValue", sum);
	json_stream_end(&profile);
}

static void write_frames(struct json_stream *document, const struct code_places *places)
{
	struct json_stream shared = json_stream_begin_inside(document, "shared", '{'), frames;
	const struct code_place *place;

	frames = json_stream_begin_inside(&shared, "frames", '[');
	for (place = places->found; place; place = place->hh.next) {
		struct json_stream frame = json_stream_begin_inside(&frames, NULL, '{');

		json_stream_text(&frame, "name", place->name);
		if (place->file)
			json_stream_text(&frame, "file", place->file);
		if (place->line)
			json_stream_count(&frame, "line", place->line);
		json_stream_end(&frame);
	}
	json_stream_end(&frames);
	json_stream_end(&shared);
}

void render_speedscope(const struct report *report, FILE *out, bool color)
{
	struct json_buffer *buffer = allocate_zeroed(1, sizeof(*buffer));
	struct code_places places = { .found = NULL };
	struct json_stream document, profiles;

	(void)color;
	buffer->out = out;
	document = json_stream_begin(buffer, '{');
	json_stream_text(&document, "$schema", SPEEDSCOPE_SCHEMA);
	json_stream_text(&document, "exporter", "finleak@" FINLEAK_VERSION);
	json_stream_text(&document, "name", report->headline);
	profiles = json_stream_begin_inside(&document, "profiles", '[');
	write_profile(&profiles, &places, report, "sockets", "none", sockets_of);
	write_profile(&profiles, &places, report, "held", "seconds", profile_held_s);
	json_stream_end(&profiles);
	/* By now all are found. */
	write_frames(&document, &places);
	json_stream_end(&document);
	fputc('\n', out);
	clear(&places);
	free(buffer);
}
