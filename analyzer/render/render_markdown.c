/* SPDX-License-Identifier: MIT */
/* Markdown as GitHub has it: the headline and a table of findings, for the summary of a CI job. */
#include "analyzer/render/render.h"

#include <ctype.h>
#include <stdlib.h>

#include "analyzer/base/utf8.h"
#include "analyzer/render/text_output.h"

/* A summary is read, and GitHub takes 1 MiB. */
#define ROWS 100

/* Whatever ANY has of Markdown, of tables and of HTML is shown as it is. */
static void print_plain(FILE *out, const char *any)
{
	char *escaped = text_escaped(any);
	const char *at;

	for (at = escaped; *at; at++) {
		if (ispunct((unsigned char)*at))
			fputc('\\', out);
		fputc(*at, out);
	}
	free(escaped);
}

static void print_row(FILE *out, const struct report_leak *leak)
{
	fprintf(out, "| %llu | ", (unsigned long long)leak->count);
	print_plain(out, leak->kind);
	fputs(" | ", out);
	print_plain(out, leak->where);
	fputs(" | ", out);
	print_plain(out, leak->fix);
	if (leak->leaked_by) {
		fputc(' ', out);
		print_plain(out, leak->leaked_by);
	}
	fputs(" |\n", out);
}

static void print_table(FILE *out, const struct report *report)
{
	static const char *const columns[] = { "Sockets", "Class", "Where", "Fix" };
	size_t i;

	fputs("\n|", out);
	for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++)
		fprintf(out, " %s |", columns[i]);
	fputs("\n| ---: | --- | --- | --- |\n", out);
	for (i = 0; i < report->leak_count && i < ROWS; i++)
		print_row(out, &report->leaks[i]);
	if (i < report->leak_count)
		fprintf(out, "\n%zu more\n", report->leak_count - i);
}

static void print_section(FILE *out, const struct report_section *section)
{
	size_t i;

	fputc('\n', out);
	print_plain(out, section->title);
	fputs("\n\n", out);
	for (i = 0; i < section->count; i++) {
		fputs("- ", out);
		print_plain(out, section->entries[i].text);
		fputc('\n', out);
	}
}

void render_markdown(const struct report *report, FILE *out, bool color)
{
	size_t i;

	(void)color;
	fputs("### ", out);
	print_plain(out, report->headline);
	fputc('\n', out);
	if (report->leak_count)
		print_table(out, report);
	for (i = 0; i < report->section_count; i++)
		if (report->sections[i].warns)
			print_section(out, &report->sections[i]);
	fputc('\n', out);
}
