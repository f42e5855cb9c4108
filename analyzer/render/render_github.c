/* SPDX-License-Identifier: MIT */
/*
 * Workflow commands of GitHub Actions: each finding becomes an annotation at its line, in the log
 * and beside the diff.
 */
#include "analyzer/render/render.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/render/text_output.h"

/* GitHub shows no more of a step. */
#define ANNOTATIONS 10

/* SPECIALS are spelled as the runner takes them. There are no ends of lines after text_escaped().
 */
static void print_escaped(FILE *out, const char *text, const char *specials)
{
	char *escaped = text_escaped(text);
	const char *at;

	for (at = escaped; *at; at++)
		if (strchr(specials, *at))
			fprintf(out, "%%%02X", (unsigned int)*at);
		else
			fputc(*at, out);
	free(escaped);
}

static void print_data(FILE *out, const char *text)
{
	print_escaped(out, text, "%");
}

static void print_property(FILE *out, const char *text)
{
	print_escaped(out, text, "%:,");
}

static void print_finding(FILE *out, const struct report *report, const struct report_leak *leak)
{
	static const char *const commands[VERDICT_COUNT] = { "error", "warning", "notice" };

	fprintf(out, "::%s ",
		commands[standing_is_quiet(leak->standing) ? VERDICT_NOTE : leak->verdict]);
	if (leak->site && leak->site->file && leak->site->line) {
		const char *below = report_source_below(report, leak->site->file);

		fputs("file=", out);
		print_property(out, below ? below : leak->site->file);
		fprintf(out, ",line=%u,", leak->site->line);
	}
	fputs("title=", out);
	print_property(out, leak->title);
	fputs("::", out);
	print_data(out, leak->headline);
	fputs("%0AFix: ", out);
	print_data(out, leak->fix);
	if (leak->parting) {
		fputs("%0A", out);
		print_data(out, leak->parting);
	}
	if (leak->leaked_by) {
		fputs("%0A", out);
		print_data(out, leak->leaked_by);
	}
	fputc('\n', out);
}

/* Of no line of code. */
static void begin_general(FILE *out, const char *command)
{
	fprintf(out, "::%s title=finleak::", command);
}

/* What limits the worth of the report must be seen where nobody reads the report. */
static void print_section(FILE *out, const struct report_section *section)
{
	size_t i;

	begin_general(out, "warning");
	print_data(out, section->title);
	for (i = 0; i < section->count; i++) {
		fputs("%0A", out);
		print_data(out, section->entries[i].text);
	}
	fputc('\n', out);
}

void render_github(const struct report *report, FILE *out, bool color)
{
	size_t i;

	(void)color;
	for (i = 0; i < report->leak_count && i < ANNOTATIONS; i++)
		print_finding(out, report, &report->leaks[i]);
	if (i < report->leak_count) {
		begin_general(out, "notice");
		fprintf(out, "%zu more%%0A", report->leak_count - i);
		print_data(out, report->summary);
		fputc('\n', out);
	}
	for (i = 0; i < report->section_count; i++)
		if (report->sections[i].warns)
			print_section(out, &report->sections[i]);
}
