/* SPDX-License-Identifier: MIT */
/*
 * JUnit's XML, which every CI system shows: a suite for each label, and one for each process with
 * what has no label. In it is a failed case for each leak, a passing one for what does not count,
 * and a passing one alone where a process has nothing.
 */
#include "analyzer/render/render.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/utf8.h"
#include "analyzer/render/text_output.h"
#include "analyzer/report/process_entries.h"

/* ANY as characters of XML, of which control characters are none, however they are spelled. */
static void print_xml(FILE *out, const char *any)
{
	char *escaped = text_escaped(any);
	const char *at = escaped;
	uint32_t character;
	size_t length;

	for (; (length = utf8_decode(at, &character)) != 0; at += length) {
		if (strchr("<>&\"'", (int)character))
			fprintf(out, "&#%u;", character);
		else if (character == 0xfffe || character == 0xffff)
			fputs("&#xfffd;", out);
		else
			fwrite(at, 1, length, out);
	}
	free(escaped);
}

static void print_attribute(FILE *out, const char *name, const char *any)
{
	fprintf(out, " %s=\"", name);
	print_xml(out, any);
	fputc('"', out);
}

static void print_line(FILE *out, const char *label, const char *any)
{
	fputs(label, out);
	print_xml(out, any);
	fputc('\n', out);
}

static void print_frame(FILE *out, const struct stack_line *line)
{
	const struct frame *frame = line->frame;

	if (!frame) {
		print_line(out, "        ", line->text);
		return;
	}
	fprintf(out, "    #%-2zu ", line->number);
	print_xml(out, line->text);
	fputs("  ", out);
	print_xml(out, frame->file && frame->line ? frame->file : frame->module);
	if (frame->file && frame->line)
		fprintf(out, ":%u\n", frame->line);
	else
		fprintf(out, "+0x%llx\n", (unsigned long long)frame->offset);
}

static void print_finding(FILE *out, const struct report_leak *leak)
{
	size_t i, j;

	print_line(out, "", leak->headline);
	print_line(out, "Fix: ", leak->fix);
	if (leak->parting)
		print_line(out, "", leak->parting);
	for (i = 0; i < leak->stack_count; i++) {
		if (!leak->stacks[i].shown)
			continue;
		fputc('\n', out);
		print_line(out, "  ", leak->stacks[i].title);
		for (j = 0; j < leak->stacks[i].line_count; j++)
			print_frame(out, &leak->stacks[i].lines[j]);
	}
	fputc('\n', out);
	for (i = 0; i < leak->lines.count; i++)
		print_line(out, "  ", leak->lines.list[i]);
}

static void begin_case(FILE *out, const char *group, const char *name)
{
	fputs("    <testcase", out);
	print_attribute(out, "classname", group);
	print_attribute(out, "name", name);
	fputs(">\n", out);
}

static void end_case(FILE *out)
{
	fputs("    </testcase>\n", out);
}

/* What does not count is skipped, by the suppression that matched or by its standing. */
static void print_skipped(FILE *out, const struct report_leak *leak)
{
	fputs("      <skipped", out);
	print_attribute(out, "message",
			leak->suppressed_by ? leak->suppressed_by->text
					    : standing_name(leak->standing));
	fputs("/>\n", out);
}

static void print_case(FILE *out, const struct report_leak *leak)
{
	bool counts = report_leak_counting(leak) > 0;

	begin_case(out, leak_class_name(leak->class), leak->title);
	if (counts) {
		fputs("      <failure", out);
		print_attribute(out, "type", leak_class_name(leak->class));
		print_attribute(out, "message", leak->headline);
		fputc('>', out);
	} else {
		if (standing_is_quiet(leak->standing))
			print_skipped(out, leak);
		fputs("      <system-out>", out);
	}
	print_finding(out, leak);
	fputs(counts ? "</failure>\n" : "</system-out>\n", out);
	end_case(out);
}

/* Of a suite. */
struct numbers {
	size_t tests, failures, errors, skipped;
	double ms; /* unknown: not above 0 */
};

static void begin_suite(FILE *out, const char *name, const struct numbers *numbers)
{
	fputs("  <testsuite", out);
	print_attribute(out, "name", name);
	fprintf(out, " tests=\"%zu\" failures=\"%zu\"", numbers->tests, numbers->failures);
	fprintf(out, " errors=\"%zu\" skipped=\"%zu\"", numbers->errors, numbers->skipped);
	fprintf(out, " time=\"%.3f\">\n", numbers->ms > 0 ? numbers->ms / 1000 : 0);
}

static void print_passing(FILE *out, const char *name)
{
	begin_case(out, "finleak", name);
	end_case(out);
}

/* COUNT findings of what is called NAME, and took MS (unknown: not above 0). */
static void print_suite(FILE *out, const char *name, double ms,
			const struct report_leak *const *findings, size_t count)
{
	struct numbers numbers = { .tests = count ? count : 1, .ms = ms };
	size_t i;

	for (i = 0; i < count; i++) {
		numbers.failures += report_leak_counting(findings[i]) > 0;
		numbers.skipped += standing_is_quiet(findings[i]->standing);
	}
	begin_suite(out, name, &numbers);
	for (i = 0; i < count; i++)
		print_case(out, findings[i]);
	if (!count)
		print_passing(out, name);
	fputs("  </testsuite>\n", out);
}

static size_t findings_of(const struct report *report)
{
	return report->leak_count + report->quiet_count;
}

/* The findings without a label whose sockets PROCESS held longest; of none that is known: its
 * number is that of processes. */
static void print_process(FILE *out, const struct report *report, size_t process,
			  const struct report_leak **room)
{
	const struct report_process *of =
		process < report->process_count ? &report->processes[process] : NULL;
	size_t count = 0, labelled = 0, i;
	char *name;

	for (i = 0; i < findings_of(report); i++) {
		const struct report_leak *leak = &report->leaks[i];

		if (of ? leak->process != process : leak->process < report->process_count)
			continue;
		if (leak->label_count)
			labelled++;
		else
			room[count++] = leak;
	}
	if (!count && (labelled || !of))
		return;
	name = process_name(of ? of->executable : NULL, of ? of->pid : 0);
	print_suite(out, name, of ? of->duration_ms : 0, room, count);
	free(name);
}

/* A label of a finding. */
struct labelled {
	const char *label;
	const struct report_leak *leak;
};

static int by_label(const void *left, const void *right)
{
	const struct labelled *a = left, *b = right;
	int order = strcmp(a->label, b->label);

	return order ? order : a->leak < b->leak ? -1 : a->leak > b->leak;
}

/* Of a finding: its text is repeated for each. */
#define LABELS_MAX 100

/* A finding is in the suite of each of its labels: each of these tests leaks. */
static void print_labels(FILE *out, const struct report *report, const struct report_leak **room)
{
	struct labelled *list = NULL;
	size_t count = 0, next = 0, of_label, i, j;

	for (i = 0; i < findings_of(report); i++)
		for (j = 0; j < report->leaks[i].label_count && j < LABELS_MAX; j++)
			*(struct labelled *)allocate_next(&list, count++, sizeof(*list)) =
				(struct labelled){ report->leaks[i].labels[j].label,
						   &report->leaks[i] };
	if (count)
		qsort(list, count, sizeof(*list), by_label);
	for (i = 0; i < count; i = next) {
		for (next = i, of_label = 0;
		     next < count && strcmp(list[next].label, list[i].label) == 0; next++)
			room[of_label++] = list[next].leak;
		print_suite(out, list[i].label, 0, room, of_label);
	}
	free(list);
}

static void print_suites(FILE *out, const struct report *report)
{
	const struct report_leak **room =
		allocate_zeroed(findings_of(report) + 1, sizeof(struct report_leak *));
	size_t i;

	for (i = 0; i <= report->process_count; i++)
		print_process(out, report, i, room);
	print_labels(out, report, room);
	free(room);
}

static void print_section(FILE *out, const struct report_section *section)
{
	size_t i;

	print_line(out, "", section->title);
	for (i = 0; i < section->count; i++)
		print_line(out, "  ", section->entries[i].text);
}

static bool is_incomplete(const struct report *report)
{
	return report->unreadable || report->not_judged;
}

/* What limits the worth of the report; an error where something was left unjudged. */
static void print_limits(FILE *out, const struct report *report)
{
	const struct numbers numbers = { .tests = 1, .errors = is_incomplete(report) };
	size_t i;

	begin_suite(out, "finleak", &numbers);
	begin_case(out, "finleak", report->headline);
	fputs(is_incomplete(report) ? "      <error" : "      <system-err>", out);
	if (is_incomplete(report)) {
		print_attribute(out, "type", "finleak");
		print_attribute(out, "message", report->headline);
		fputc('>', out);
	}
	for (i = 0; i < report->section_count; i++)
		if (report->sections[i].warns)
			print_section(out, &report->sections[i]);
	fputs(is_incomplete(report) ? "</error>\n" : "</system-err>\n", out);
	end_case(out);
	fputs("  </testsuite>\n", out);
}

static bool has_limits(const struct report *report)
{
	size_t i;

	for (i = 0; i < report->section_count; i++)
		if (report->sections[i].warns)
			return true;
	return is_incomplete(report) || !report->process_count;
}

void render_junit(const struct report *report, FILE *out, bool color)
{
	(void)color;
	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"finleak\">\n", out);
	print_suites(out, report);
	if (has_limits(report))
		print_limits(out, report);
	fputs("</testsuites>\n", out);
}
