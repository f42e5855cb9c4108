/* SPDX-License-Identifier: MIT */
#include "analyzer/report/comparison.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/line.h"

const char *change_name(enum change change)
{
	static const char *const names[CHANGE_COUNT] = {
		[CHANGE_NEW] = "new",
		[CHANGE_GROWN] = "grown",
		[CHANGE_GONE] = "gone",
		[CHANGE_SHRUNK] = "shrunk",
		[CHANGE_UNCHANGED] = "unchanged",
	};

	return names[change];
}

static enum change change_of(uint64_t before, uint64_t after)
{
	if (!before)
		return CHANGE_NEW;
	if (!after)
		return CHANGE_GONE;
	return after > before ? CHANGE_GROWN : after < before ? CHANGE_SHRUNK : CHANGE_UNCHANGED;
}

static char *text_of(const struct compared_leak *leak)
{
	struct line line;
	FILE *out = line_begin(&line);
	uint64_t last = leak->after ? leak->after : leak->before;

	fprintf(out, "%s: %s, ", change_name(leak->change), leak->name);
	if (leak->change == CHANGE_GROWN || leak->change == CHANGE_SHRUNK)
		fprintf(out, "%llu to ", (unsigned long long)leak->before);
	fprintf(out, "%llu socket%s", (unsigned long long)last, plural(last));
	return line_end(&line);
}

static void add(struct comparison *comparison, const struct known_leak *known, uint64_t before,
		uint64_t after)
{
	struct compared_leak *leak =
		allocate_next(&comparison->leaks, comparison->leak_count, sizeof(*leak));

	leak->change = change_of(before, after);
	leak->id = known->id;
	leak->name = known->name;
	leak->before = before;
	leak->after = after;
	leak->text = text_of(leak);
	comparison->leak_count++;
	comparison->counts[leak->change]++;
}

static int by_change(const void *left, const void *right)
{
	const struct compared_leak *a = left, *b = right;

	if (a->change != b->change)
		return a->change < b->change ? -1 : 1;
	if (a->after != b->after)
		return a->after > b->after ? -1 : 1;
	return strcmp(a->id, b->id);
}

static char *headline_of(const struct comparison *comparison)
{
	size_t new = comparison->counts[CHANGE_NEW];
	struct line line;
	FILE *out = line_begin(&line);

	fprintf(out, "finleak: %zu new leak%s, %zu grown, %zu gone", new, plural(new),
		comparison->counts[CHANGE_GROWN], comparison->counts[CHANGE_GONE]);
	if (comparison->counts[CHANGE_SHRUNK])
		fprintf(out, ", %zu shrunk", comparison->counts[CHANGE_SHRUNK]);
	fprintf(out, ", %zu unchanged", comparison->counts[CHANGE_UNCHANGED]);
	return line_end(&line);
}

void comparison_make(struct comparison *comparison, const struct baseline *before,
		     const struct baseline *after)
{
	const struct known_leak *known;

	*comparison = (struct comparison){ NULL, 0, { 0 }, NULL };
	for (known = after->leaks; known; known = known->hh.next) {
		if (known->count)
			add(comparison, known, baseline_count(before, known), known->count);
	}
	for (known = before->leaks; known; known = known->hh.next) {
		if (known->count && !baseline_count(after, known))
			add(comparison, known, known->count, 0);
	}
	if (comparison->leak_count)
		qsort(comparison->leaks, comparison->leak_count, sizeof(*comparison->leaks),
		      by_change);
	comparison->headline = headline_of(comparison);
}

void comparison_clear(struct comparison *comparison)
{
	size_t i;

	for (i = 0; i < comparison->leak_count; i++)
		free(comparison->leaks[i].text);
	free(comparison->leaks);
	free(comparison->headline);
}

void baseline_add_report(struct baseline *baseline, const struct report *report)
{
	size_t i, j;

	for (i = 0; i < report->leak_count + report->quiet_count; i++) {
		const struct report_leak *leak = &report->leaks[i];
		struct known_leak *known;

		if (leak->verdict != VERDICT_LEAK || leak->suppressed >= leak->count)
			continue;
		known = baseline_add(baseline, leak->id, leak->count - leak->suppressed,
				     leak_class_name(leak->class), leak_reason_name(leak->reason),
				     leak->where);
		for (j = 0; j < leak->joined_count; j++)
			baseline_add_id(baseline, known, leak->joined_ids[j]);
	}
}
