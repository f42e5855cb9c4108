/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/source_root.h"

bool standing_is_quiet(enum standing standing)
{
	return standing == STANDING_KNOWN || standing == STANDING_SUPPRESSED;
}

const char *standing_name(enum standing standing)
{
	static const char *const names[STANDING_COUNT] = {
		[STANDING_NEW] = "new",
		[STANDING_WORSE] = "worse",
		[STANDING_KNOWN] = "known",
		[STANDING_SUPPRESSED] = "suppressed",
	};

	return names[standing];
}

static int worst_first(const void *left, const void *right)
{
	const struct report_leak *a = left, *b = right;

	if (standing_is_quiet(a->standing) != standing_is_quiet(b->standing))
		return standing_is_quiet(a->standing) ? 1 : -1;
	if (a->verdict != b->verdict)
		return a->verdict < b->verdict ? -1 : 1;
	if (a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return strcmp(a->id, b->id);
}

void report_count(struct report *report, enum leak_class class, enum verdict verdict,
		  uint64_t count)
{
	/* A class is counted for the verdict that is its own: a half-closed connection is no
	 * eof-unclosed. */
	if (verdict == VERDICT_LEAK || class == CLASS_LATE_CLOSE || class == CLASS_EXIT_UNCLOSED)
		report->by_class[class] += count;
	if (verdict == VERDICT_LEAK) {
		report->leaked_sockets += count;
		report->leak_sites++;
	} else if (verdict == VERDICT_WARNING) {
		report->warnings += count;
	} else {
		report->notes += count;
	}
}

uint64_t report_leak_counting(const struct report_leak *leak)
{
	if (leak->verdict != VERDICT_LEAK || standing_is_quiet(leak->standing))
		return 0;
	return leak->count - leak->suppressed - leak->baselined;
}

void report_sort(struct report *report)
{
	if (report->leak_count)
		qsort(report->leaks, report->leak_count, sizeof(*report->leaks), worst_first);
}

const struct report_process *report_process_of(const struct report *report,
					       const struct report_leak *leak)
{
	return leak->process < report->process_count ? &report->processes[leak->process] : NULL;
}

const char *report_source_below(const struct report *report, const char *file)
{
	return source_root_below(report->source_root, file);
}

struct report_entry *report_section_add(struct report_section *section, char *text)
{
	struct report_entry *entry =
		allocate_next(&section->entries, section->count, sizeof(*entry));

	entry->text = text;
	section->count++;
	return entry;
}
