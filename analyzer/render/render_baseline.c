/* SPDX-License-Identifier: MIT */
/* What a report leaves for --baseline: small, and the same for the same leaks, to be kept with the
 * sources. */
#include "analyzer/render/render_baseline.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/json_stream.h"

#define BASELINE_SCHEMA "finleak-baseline/1"

void render_joined_ids(struct json_stream *object, const struct report_leak *leak)
{
	struct json_stream list;
	size_t i;

	if (!leak->joined_count)
		return;
	list = json_stream_begin_inside(object, "joined_ids", '[');
	for (i = 0; i < leak->joined_count; i++)
		json_stream_text(&list, NULL, leak->joined_ids[i]);
	json_stream_end(&list);
}

static int by_id(const void *left, const void *right)
{
	const struct report_leak *const *a = left, *const *b = right;
	int order = strcmp((*a)->id, (*b)->id);

	return order ? order : strcmp((*a)->where, (*b)->where);
}

static void write_leak(struct json_stream *list, const struct report_leak *leak)
{
	struct json_stream object = json_stream_begin_inside(list, NULL, '{');

	json_stream_text(&object, "id", leak->id);
	render_joined_ids(&object, leak);
	json_stream_text(&object, "class", leak_class_name(leak->class));
	if (leak->reason != REASON_NONE)
		json_stream_text(&object, "reason", leak_reason_name(leak->reason));
	json_stream_text(&object, "verdict", verdict_name(leak->verdict));
	json_stream_count(&object, "count", leak->count - leak->suppressed);
	json_stream_text(&object, "where", leak->where);
	json_stream_end(&object);
}

size_t render_baseline(const struct report *report, FILE *out)
{
	size_t all = report->leak_count + report->quiet_count, count = 0, i;
	const struct report_leak **leaks = allocate_zeroed(all + 1, sizeof(*leaks));
	struct json_buffer *buffer = allocate_zeroed(1, sizeof(*buffer));
	struct json_stream document, list;

	for (i = 0; i < all; i++)
		if (report->leaks[i].verdict == VERDICT_LEAK &&
		    report->leaks[i].suppressed < report->leaks[i].count)
			leaks[count++] = &report->leaks[i];
	qsort(leaks, count, sizeof(struct report_leak *), by_id);
	buffer->out = out;
	document = json_stream_begin(buffer, '{');
	json_stream_text(&document, "schema", BASELINE_SCHEMA);
	list = json_stream_begin_inside(&document, "leaks", '[');
	for (i = 0; i < count; i++)
		write_leak(&list, leaks[i]);
	json_stream_end(&list);
	json_stream_end(&document);
	fputc('\n', out);
	free(buffer);
	free(leaks);
	return count;
}
