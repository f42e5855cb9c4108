/* SPDX-License-Identifier: MIT */
/*
 * SARIF 2.1.0: what code scanning and editors read. A rule is a class; a result is a finding, with
 * the way of its sockets as a code flow and all stacks that are shown.
 */
#include "analyzer/render/render.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/json_stream.h"
#include "analyzer/render/render_sarif_places.h"
#include "analyzer/render/render_sarif_rules.h"
#include "analyzer/report/frame_words.h"
#include "analyzer/report/standings.h"
#include "analyzer/rules/class_words.h"

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

/* GitHub refuses a log in which any result names no file: the program stands for a site that is not
 * known. */
static void write_site(struct json_stream *result, const struct report *report,
		       const struct report_leak *leak)
{
	const struct report_process *process = report_process_of(report, leak);
	struct json_stream locations = json_stream_begin_inside(result, "locations", '['), location;
	const char *program = SARIF_UNKNOWN_FILE;

	if (process && process->executable && process->executable[0])
		program = process->executable;
	location = json_stream_begin_inside(&locations, NULL, '{');
	if (leak->site)
		sarif_frame_place(&location, report, leak->site, program);
	else
		sarif_place(&location, report, program, 0);
	json_stream_end(&location);
	json_stream_end(&locations);
}

static const struct report_stack *stack_named(const struct report_leak *leak, const char *name)
{
	size_t i;

	for (i = 0; i < leak->stack_count; i++)
		if (strcmp(leak->stacks[i].name, name) == 0 && leak->stacks[i].site)
			return &leak->stacks[i];
	return NULL;
}

static void write_step(struct json_stream *steps, const struct report *report,
		       const struct report_stack *stack)
{
	struct json_stream step = json_stream_begin_inside(steps, NULL, '{');
	char *where = frame_site(stack->site);
	char *message = allocate_printed("%s %s", stack->title, where);

	sarif_location(&step, "location", report, stack->site, message);
	json_stream_end(&step);
	free(message);
	free(where);
}

/* From the opening to what the thread called after the end, as far as it is known. */
static void write_flow(struct json_stream *result, const struct report *report,
		       const struct report_leak *leak)
{
	static const char *const order[] = {
		"listen",   "opened",     "connect", "touched", "eof",    "error",
		"shutdown", "duplicated", "forked",  "execed",  "closed", "next",
	};
	struct json_stream flows, flow, threads, thread, steps;
	size_t known = 0, i;

	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		known += stack_named(leak, order[i]) != NULL;
	if (!known)
		return;
	flows = json_stream_begin_inside(result, "codeFlows", '[');
	flow = json_stream_begin_inside(&flows, NULL, '{');
	threads = json_stream_begin_inside(&flow, "threadFlows", '[');
	thread = json_stream_begin_inside(&threads, NULL, '{');
	steps = json_stream_begin_inside(&thread, "locations", '[');
	for (i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (stack_named(leak, order[i]))
			write_step(&steps, report, stack_named(leak, order[i]));
	json_stream_end(&steps);
	json_stream_end(&thread);
	json_stream_end(&threads);
	json_stream_end(&flow);
	json_stream_end(&flows);
}

static void write_stack(struct json_stream *stacks, const struct report *report,
			const struct report_stack *shown)
{
	struct json_stream stack = json_stream_begin_inside(stacks, NULL, '{'), frames;
	size_t i;

	sarif_message(&stack, "message", shown->title);
	frames = json_stream_begin_inside(&stack, "frames", '[');
	for (i = 0; i < shown->count; i++) {
		struct json_stream frame = json_stream_begin_inside(&frames, NULL, '{');

		sarif_location(&frame, "location", report, &shown->frames[i], NULL);
		if (shown->frames[i].module[0])
			json_stream_text(&frame, "module", shown->frames[i].module);
		json_stream_end(&frame);
	}
	json_stream_end(&frames);
	json_stream_end(&stack);
}

static void write_stacks(struct json_stream *result, const struct report *report,
			 const struct report_leak *leak)
{
	struct json_stream stacks;
	size_t i;

	if (!leak->stack_count)
		return;
	stacks = json_stream_begin_inside(result, "stacks", '[');
	for (i = 0; i < leak->stack_count; i++)
		if (leak->stacks[i].shown)
			write_stack(&stacks, report, &leak->stacks[i]);
	json_stream_end(&stacks);
}

/* Where others like these are closed. */
static void write_related(struct json_stream *result, const struct report *report,
			  const struct report_leak *leak)
{
	struct json_stream related;
	size_t i;

	if (!leak->closing_count)
		return;
	related = json_stream_begin_inside(result, "relatedLocations", '[');
	for (i = 0; i < leak->closing_count; i++)
		if (leak->closings[i].site)
			sarif_location(&related, NULL, report, leak->closings[i].site,
				       leak->closings[i].words);
	json_stream_end(&related);
}

static void write_fingerprint(struct json_stream *result, const char *id)
{
	struct json_stream prints = json_stream_begin_inside(result, "partialFingerprints", '{');

	json_stream_text(&prints, "finleakId/v1", id);
	json_stream_end(&prints);
}

static void write_properties(struct json_stream *result, const struct report_leak *leak)
{
	struct json_stream properties = json_stream_begin_inside(result, "properties", '{');
	struct json_stream details;
	size_t i;

	if (leak->reason != REASON_NONE)
		json_stream_text(&properties, "reason", leak_reason_name(leak->reason));
	json_stream_text(&properties, "title", leak->title);
	details = json_stream_begin_inside(&properties, "details", '[');
	for (i = 0; i < leak->lines.count; i++)
		json_stream_text(&details, NULL, leak->lines.list[i]);
	json_stream_end(&details);
	json_stream_end(&properties);
}

/* What suppressions and the baseline say of it. */
static void write_standing(struct json_stream *result, const struct report_leak *leak)
{
	static const char *const states[STANDING_COUNT] = {
		[STANDING_NEW] = "new",
		[STANDING_WORSE] = "updated",
		[STANDING_KNOWN] = "unchanged",
	};
	struct json_stream list, suppression;

	if (states[leak->standing])
		json_stream_text(result, "baselineState", states[leak->standing]);
	if (leak->standing != STANDING_SUPPRESSED)
		return;
	list = json_stream_begin_inside(result, "suppressions", '[');
	suppression = json_stream_begin_inside(&list, NULL, '{');
	json_stream_text(&suppression, "kind", "external");
	if (leak->suppressed_by)
		json_stream_text(&suppression, "justification", leak->suppressed_by->text);
	json_stream_end(&suppression);
	json_stream_end(&list);
}

static void write_result(struct json_stream *results, const struct report *report,
			 const struct report_leak *leak)
{
	struct json_stream result = json_stream_begin_inside(results, NULL, '{');
	char *message = allocate_printed(
		"%s %s%sFix: %s%s%s", leak->headline, leak->parting ? leak->parting : "",
		leak->parting ? " " : "", leak->fix, leak->leaked_by ? " " : "",
		leak->leaked_by ? leak->leaked_by : "");

	json_stream_text(&result, "ruleId", leak_class_name(leak->class));
	json_stream_count(&result, "ruleIndex", leak->class);
	json_stream_text(&result, "level", sarif_level(leak->verdict));
	sarif_message(&result, "message", message);
	write_site(&result, report, leak);
	json_stream_count(&result, "occurrenceCount", leak->count);
	write_fingerprint(&result, leak->id);
	write_standing(&result, leak);
	write_flow(&result, report, leak);
	write_stacks(&result, report, leak);
	write_related(&result, report, leak);
	write_properties(&result, leak);
	json_stream_end(&result);
	free(message);
}

/*
 * What the baseline knows and is not there any more: in the baseline's own file, where it is to be
 * removed. It has passed, so that a consumer that knows no baselines shows no problem.
 */
static void write_fixed(struct json_stream *results, const struct report *report,
			const struct known_leak *known)
{
	struct json_stream result = json_stream_begin_inside(results, NULL, '{'), locations,
			   location;
	char *words = standing_fixed_words(known);
	char *message = allocate_printed(STANDING_FIXED " %s", words);
	enum leak_class class;

	json_stream_text(&result, "ruleId", known->class);
	if (class_by_name(known->class, &class))
		json_stream_count(&result, "ruleIndex", class);
	json_stream_text(&result, "kind", "pass");
	json_stream_text(&result, "level", "none");
	sarif_message(&result, "message", message);
	locations = json_stream_begin_inside(&result, "locations", '[');
	location = json_stream_begin_inside(&locations, NULL, '{');
	sarif_place(&location, report, report->baseline->path, 0);
	json_stream_end(&location);
	json_stream_end(&locations);
	write_fingerprint(&result, known->id);
	json_stream_text(&result, "baselineState", "absent");
	json_stream_end(&result);
	free(message);
	free(words);
}

static void write_source_root(struct json_stream *run, const struct report *report)
{
	struct json_stream bases, base;
	char *path, *uri;

	if (!report->source_root)
		return;
	path = allocate_printed("%s/", report->source_root);
	uri = sarif_uri("file://", path);
	bases = json_stream_begin_inside(run, "originalUriBaseIds", '{');
	base = json_stream_begin_inside(&bases, SARIF_SOURCE_ROOT, '{');
	json_stream_text(&base, "uri", uri);
	json_stream_end(&base);
	json_stream_end(&bases);
	free(uri);
	free(path);
}

static void write_notification(struct json_stream *notifications, const char *text)
{
	struct json_stream notification = json_stream_begin_inside(notifications, NULL, '{');

	json_stream_text(&notification, "level", "warning");
	sarif_message(&notification, "message", text);
	json_stream_end(&notification);
}

/* What limits the worth of the report. */
static void write_invocation(struct json_stream *run, const struct report *report)
{
	struct json_stream list = json_stream_begin_inside(run, "invocations", '['), invocation;
	struct json_stream notifications;
	size_t i, j;

	invocation = json_stream_begin_inside(&list, NULL, '{');
	json_stream_bool(&invocation, "executionSuccessful",
			 !report->unreadable && !report->not_judged);
	notifications = json_stream_begin_inside(&invocation, "toolExecutionNotifications", '[');
	for (i = 0; i < report->section_count; i++)
		for (j = 0; report->sections[i].warns && j < report->sections[i].count; j++)
			write_notification(&notifications, report->sections[i].entries[j].text);
	json_stream_end(&notifications);
	json_stream_end(&invocation);
	json_stream_end(&list);
}

void render_sarif(const struct report *report, FILE *out, bool color)
{
	struct json_buffer *buffer = allocate_zeroed(1, sizeof(*buffer));
	struct json_stream document, runs, run, results;
	size_t i;

	(void)color;
	buffer->out = out;
	document = json_stream_begin(buffer, '{');
	json_stream_text(&document, "$schema", SARIF_SCHEMA);
	json_stream_text(&document, "version", "2.1.0");
	runs = json_stream_begin_inside(&document, "runs", '[');
	run = json_stream_begin_inside(&runs, NULL, '{');
	sarif_tool(&run);
	write_source_root(&run, report);
	write_invocation(&run, report);
	results = json_stream_begin_inside(&run, "results", '[');
	for (i = 0; i < report->leak_count + report->quiet_count; i++)
		write_result(&results, report, &report->leaks[i]);
	for (i = 0; i < report->fixed_count; i++)
		write_fixed(&results, report, report->fixed[i]);
	json_stream_end(&results);
	json_stream_end(&run);
	json_stream_end(&runs);
	json_stream_end(&document);
	fputc('\n', out);
	free(buffer);
}
