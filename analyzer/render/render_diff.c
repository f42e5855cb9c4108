/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_diff.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/utf8.h"
#include "analyzer/render/json_stream.h"
#include "analyzer/render/text_output.h"

#define DIFF_SCHEMA "finleak-diff/1"

void render_diff_text(const struct comparison *comparison, FILE *out, bool color)
{
	static const enum style styles[CHANGE_COUNT] = { STYLE_RED, STYLE_RED, STYLE_PLAIN,
							 STYLE_PLAIN, STYLE_DIM };
	struct text text = { .out = out, .color = color, .width = text_width_of(out) };
	size_t i;

	utf8_print_escaped(out, comparison->headline);
	fputc('\n', out);
	for (i = 0; i < comparison->leak_count; i++) {
		text_begin(&text, styles[comparison->leaks[i].change]);
		text_wrapped(&text, "  ", comparison->leaks[i].text);
		text_end(&text);
	}
}

static void write_leak(struct json_stream *list, const struct compared_leak *leak)
{
	struct json_stream object = json_stream_begin_inside(list, NULL, '{');

	json_stream_text(&object, "change", change_name(leak->change));
	json_stream_text(&object, "id", leak->id);
	json_stream_text(&object, "name", leak->name);
	json_stream_count(&object, "before", leak->before);
	json_stream_count(&object, "after", leak->after);
	json_stream_end(&object);
}

void render_diff_json(const struct comparison *comparison, FILE *out)
{
	struct json_buffer *buffer = allocate_zeroed(1, sizeof(*buffer));
	struct json_stream document, list;
	size_t i;

	buffer->out = out;
	document = json_stream_begin(buffer, '{');
	json_stream_text(&document, "schema", DIFF_SCHEMA);
	list = json_stream_begin_inside(&document, "summary", '{');
	for (i = 0; i < CHANGE_COUNT; i++)
		json_stream_count(&list, change_name((enum change)i), comparison->counts[i]);
	json_stream_end(&list);
	list = json_stream_begin_inside(&document, "leaks", '[');
	for (i = 0; i < comparison->leak_count; i++)
		write_leak(&list, &comparison->leaks[i]);
	json_stream_end(&list);
	json_stream_end(&document);
	fputc('\n', out);
	free(buffer);
}
