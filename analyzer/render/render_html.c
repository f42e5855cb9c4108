/* SPDX-License-Identifier: MIT */
/*
 * One page that needs no network: the JSON report, lines of source, and a script that shows them
 * (html/report.js). Whatever came out of a recording stands in JSON, without a "<": it is no
 * markup.
 */
#include "analyzer/render/render.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/html_parts.h"
#include "analyzer/render/json_stream.h"

#define SOURCE_LINES_ROUND 3

static void write_line(struct json_stream *lines, unsigned int number, const char *text)
{
	struct json_stream line = json_stream_begin_inside(lines, NULL, '[');

	json_stream_count(&line, NULL, number);
	json_stream_text(&line, NULL, text);
	json_stream_end(&line);
}

/* The lines around FRAME, none where it or they are unknown. */
static void write_lines(struct json_stream *list, const struct report *report,
			const struct frame *frame)
{
	struct json_stream lines = json_stream_begin_inside(list, NULL, '[');
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

static void write_source(const struct report *report, FILE *out)
{
	struct json_buffer *buffer = allocate_zeroed(1, sizeof(*buffer));
	struct json_stream list;
	size_t i;

	buffer->out = out;
	buffer->in_markup = true;
	list = json_stream_begin(buffer, '[');
	for (i = 0; i < report->leak_count; i++)
		write_lines(&list, report, report->leaks[i].site);
	json_stream_end(&list);
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
	begin_data(out, "source");
	write_source(report, out);
	fputs("</script>\n", out);
	print_script(out, html_d3);
	print_script(out, html_script);
	fputs("</body>\n</html>\n", out);
}
