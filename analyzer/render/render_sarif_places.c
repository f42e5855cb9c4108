/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_sarif_places.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"

char *sarif_uri(const char *start, const char *path)
{
	char *uri = allocate_zeroed(strlen(start) + 3 * strlen(path) + 1, 1);
	char *end = stpcpy(uri, start);

	for (; *path; path++)
		if (isalnum((unsigned char)*path) || strchr("/-._~", *path))
			*end++ = *path;
		else
			end += sprintf(end, "%%%02X", (unsigned char)*path);
	return uri;
}

void sarif_message(struct json_stream *outer, const char *key, const char *text)
{
	struct json_stream message = json_stream_begin_inside(outer, key, '{');

	json_stream_text(&message, "text", text);
	json_stream_end(&message);
}

static void write_artifact(struct json_stream *outer, const struct report *report, const char *file)
{
	struct json_stream artifact = json_stream_begin_inside(outer, "artifactLocation", '{');
	const char *below = report_source_below(report, file);
	char *uri = below ? sarif_uri("", below) : sarif_uri(file[0] == '/' ? "file://" : "", file);

	json_stream_text(&artifact, "uri", uri);
	if (below)
		json_stream_text(&artifact, "uriBaseId", SARIF_SOURCE_ROOT);
	json_stream_end(&artifact);
	free(uri);
}

void sarif_place(struct json_stream *outer, const struct report *report, const char *file,
		 unsigned int line)
{
	struct json_stream place = json_stream_begin_inside(outer, "physicalLocation", '{');

	write_artifact(&place, report, file);
	if (line) {
		struct json_stream region = json_stream_begin_inside(&place, "region", '{');

		json_stream_count(&region, "startLine", line);
		json_stream_end(&region);
	}
	json_stream_end(&place);
}

static void write_function(struct json_stream *outer, const char *function)
{
	struct json_stream list = json_stream_begin_inside(outer, "logicalLocations", '['), item;

	item = json_stream_begin_inside(&list, NULL, '{');
	json_stream_text(&item, "fullyQualifiedName", function);
	json_stream_text(&item, "kind", "function");
	json_stream_end(&item);
	json_stream_end(&list);
}

void sarif_frame_place(struct json_stream *location, const struct report *report,
		       const struct frame *frame, const char *instead)
{
	if (frame->file)
		sarif_place(location, report, frame->file, frame->line);
	else
		sarif_place(location, report, frame->module[0] ? frame->module : instead, 0);
	if (frame->function)
		write_function(location, frame->function);
}

void sarif_location(struct json_stream *outer, const char *key, const struct report *report,
		    const struct frame *frame, const char *message)
{
	struct json_stream location = json_stream_begin_inside(outer, key, '{');

	sarif_frame_place(&location, report, frame, SARIF_UNKNOWN_FILE);
	if (message)
		sarif_message(&location, "message", message);
	json_stream_end(&location);
}
