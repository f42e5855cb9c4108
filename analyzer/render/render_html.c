/* SPDX-License-Identifier: MIT */
/*
 * One page that needs no network: the JSON report, what a text report has besides, and a script
 * that shows them (html/report.js). Whatever came out of a recording stands in JSON, without a "<":
 * it is no markup.
 */
#include "analyzer/render/render.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/render/html_parts.h"
#include "analyzer/render/json_stream.h"
#include "analyzer/report/frame_words.h"

#define SOURCE_LINES_ROUND 3

static void write_line(struct json_stream *lines, unsigned int number, const char *text)
{
	struct json_stream line = json_stream_begin_inside(lines, NULL, '[');

	json_stream_count(&line, NULL, number);
	json_stream_text(&line, NULL, text);
	json_stream_end(&line);
}

/* The lines around FRAME, none where it or they are unknown. */
static void write_lines(struct json_stream *finding, const struct report *report,
			const struct frame *frame)
{
	struct json_stream lines = json_stream_begin_inside(finding, "lines", '[');
	unsigned int number, first = 1;

	if (frame && frame->file && frame->line && report->symbolizer) {
		if (frame->line > SOURCE_LINES_ROUND)
			first = frame->line - SOURCE_LINES_ROUND;
		for (number = first; number <= frame->line + SOURCE_LINES_ROUND; number++) {
			const char *text =
				symbolizer_source_line(report->symbolizer, frame->file, number);

			if (text)
				write_line(&lines, number, text);
		}
	}
	json_stream_end(&lines);
}

/* Of each stack its name in JSON and its title, and whether a text report has it; in its order. */
static void write_titles(struct json_stream *finding, const struct report_leak *leak)
{
	struct json_stream titles = json_stream_begin_inside(finding, "titles", '['), title;
	size_t i;

	for (i = 0; i < leak->stack_count; i++) {
		title = json_stream_begin_inside(&titles, NULL, '{');
		json_stream_text(&title, "name", leak->stacks[i].name);
		json_stream_text(&title, "title", leak->stacks[i].title);
		json_stream_bool(&title, "shown", leak->stacks[i].shown);
		json_stream_end(&title);
	}
	json_stream_end(&titles);
}

static void write_finding(struct json_stream *findings, const struct report *report,
			  const struct report_leak *leak)
{
	struct json_stream finding = json_stream_begin_inside(findings, NULL, '{');

	write_lines(&finding, report, leak->site);
	write_titles(&finding, leak);
	if (leak->parting)
		json_stream_text(&finding, "parting", leak->parting);
	json_stream_end(&finding);
}

static void write_sentences(struct json_stream *outer, const char *key,
			    const struct sentences *sentences)
{
	struct json_stream list = json_stream_begin_inside(outer, key, '[');
	size_t i;

	for (i = 0; i < sentences->count; i++)
		json_stream_text(&list, NULL, sentences->list[i]);
	json_stream_end(&list);
}

/* The lines of STACK (NULL: none). */
static void write_stack(struct json_stream *outer, const struct report_stack *stack)
{
	struct json_stream list = json_stream_begin_inside(outer, "stack", '[');
	size_t i;

	for (i = 0; stack && i < stack->line_count; i++) {
		const struct frame *frame = stack->lines[i].frame;
		char *place = frame ? frame_place(frame) : NULL;
		char *line = allocate_printed("%s%s%s", stack->lines[i].text, place ? "  " : "",
					      place ? place : "");

		json_stream_text(&list, NULL, line);
		free(line);
		free(place);
	}
	json_stream_end(&list);
}

static void write_section(struct json_stream *sections, const struct report_section *shown)
{
	struct json_stream section = json_stream_begin_inside(sections, NULL, '{'), entries, entry;
	size_t i;

	json_stream_text(&section, "title", shown->title);
	json_stream_bool(&section, "warns", shown->warns);
	entries = json_stream_begin_inside(&section, "entries", '[');
	for (i = 0; i < shown->count; i++) {
		entry = json_stream_begin_inside(&entries, NULL, '{');
		json_stream_text(&entry, "text", shown->entries[i].text);
		write_sentences(&entry, "details", &shown->entries[i].details);
		write_stack(&entry, shown->entries[i].stack);
		json_stream_end(&entry);
	}
	json_stream_end(&entries);
	json_stream_end(&section);
}

/* What a text report has and JSON has not. */
static void write_page(const struct report *report, FILE *out)
{
	struct json_buffer *buffer = allocate_zeroed(1, sizeof(*buffer));
	struct json_stream page, list;
	size_t i;

	buffer->out = out;
	buffer->in_markup = true;
	page = json_stream_begin(buffer, '{');
	json_stream_integer(&page, "made_at_ms", report->made_at_ns / NS_PER_MS);
	write_sentences(&page, "remarks", &report->remarks);
	list = json_stream_begin_inside(&page, "sections", '[');
	for (i = 0; i < report->section_count; i++)
		write_section(&list, &report->sections[i]);
	json_stream_end(&list);
	list = json_stream_begin_inside(&page, "findings", '[');
	for (i = 0; i < report->leak_count; i++)
		write_finding(&list, report, &report->leaks[i]);
	json_stream_end(&list);
	json_stream_end(&page);
	free(buffer);
}

static void begin_data(FILE *out, const char *id)
{
	fputs("<script type=\"application/json\"", out);
	fprintf(out, " id=\"%s\">", id);
}

static void print_script(FILE *out, const char *script)
{
	fprintf(out, "<script>\n%s\n</script>\n", script);
}

void render_html(const struct report *report, FILE *out, bool color)
{
	(void)color;
	fprintf(out, "%s<style>\n%s</style>\n</head>\n<body>\n<main></main>\n", html_head,
		html_style);
	begin_data(out, "report");
	render_json_in_markup(report, out);
	fputs("</script>\n", out);
	begin_data(out, "page");
	write_page(report, out);
	fputs("</script>\n", out);
	print_script(out, html_d3);
	print_script(out, html_script);
	fputs("</body>\n</html>\n", out);
}
