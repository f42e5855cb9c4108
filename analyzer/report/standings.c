/* SPDX-License-Identifier: MIT */
#include "analyzer/report/standings.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/finding_words.h"
#include "analyzer/report/line.h"
#include "analyzer/report/report_finding.h"
#include "analyzer/report/suppressed.h"
#include "analyzer/rules/class_words.h"

/* What the baseline has of one id, and findings have not used up. */
struct allowance {
	const struct known_leak *known;
	uint64_t left;
	bool is_there; /* ... and leaks still */
	UT_hash_handle hh;
};

bool standings_need(const struct report_options *options, enum verdict verdict)
{
	return verdict != VERDICT_NOTE || options->all || options->suppressions.count;
}

static struct allowance *allowances_of(const struct baseline *baseline)
{
	struct allowance *all = NULL, *next;
	const struct known_leak *known;

	for (known = baseline->leaks; known; known = known->hh.next) {
		next = allocate_zeroed(1, sizeof(*next));
		next->known = known;
		next->left = known->count;
		HASH_ADD_KEYPTR(hh, all, known->id, strlen(known->id), next);
	}
	return all;
}

/* Is LEAK of a class that the report is on? Its name begins with that. */
static bool is_reported_on(const struct known_leak *leak, uint32_t classes)
{
	char *name = strndup(leak->name, strcspn(leak->name, " "));
	enum leak_class class;
	bool is_so = !classes || !name || !class_by_name(name, &class) || (classes >> class & 1);

	free(name);
	return is_so;
}

/* What of the baseline was not found is fixed. */
static void end_allowances(struct report *report, struct allowance *all, uint32_t classes)
{
	struct allowance *next, *following;

	HASH_ITER(hh, all, next, following) {
		if (!next->is_there && is_reported_on(next->known, classes)) {
			const struct known_leak **fixed = allocate_next(
				&report->fixed, report->fixed_count, sizeof(*report->fixed));

			*fixed = next->known;
			report->fixed_count++;
		}
		HASH_DEL(all, next);
		free(next);
	}
}

/* That of LEAK's id, or behind it of the ids that it joins; NULL: there is none. ALL: allowances.
 */
static struct allowance *allowance_at(const struct report *report, const struct report_leak *leak,
				      struct allowance *all, size_t index)
{
	const char *id = index ? leak->joined_ids[index - 1] : leak->id;
	const struct known_leak *known =
		report->baseline ? baseline_find(report->baseline, id) : NULL;
	struct allowance *allowance = NULL;

	if (known)
		HASH_FIND_STR(all, known->id, allowance);
	return allowance;
}

/* ALL: allowances of the baseline. */
static void hold_against_baseline(const struct report *report, struct report_leak *leak,
				  struct allowance *all)
{
	uint64_t counted = leak->count - leak->suppressed;
	bool is_known = false;
	size_t i;

	for (i = 0; i <= leak->joined_count; i++) {
		struct allowance *allowance = allowance_at(report, leak, all, i);
		uint64_t used;

		if (!allowance)
			continue;
		is_known = true;
		used = counted - leak->baselined;
		used = used < allowance->left ? used : allowance->left;
		allowance->left -= used;
		leak->baselined += used;
	}
	if (!is_known)
		leak->standing = STANDING_NEW;
	else
		leak->standing = leak->baselined < counted ? STANDING_WORSE : STANDING_KNOWN;
}

/* The allowances of what is suppressed are there, but not used up. */
static void decide_standing(struct report *report, struct report_leak *leak, struct allowance *all)
{
	size_t i;

	suppress_finding(report, leak);
	for (i = 0; leak->verdict == VERDICT_LEAK && i <= leak->joined_count; i++) {
		struct allowance *allowance = allowance_at(report, leak, all, i);

		if (allowance)
			allowance->is_there = true;
	}
	if (leak->suppressed == leak->count && leak->suppressed_by)
		leak->standing = STANDING_SUPPRESSED;
	else if (report->baseline && leak->verdict == VERDICT_LEAK)
		hold_against_baseline(report, leak, all);
}

char *standing_fixed_words(const struct known_leak *fixed)
{
	return allocate_printed("%s: %llu socket%s", fixed->name, (unsigned long long)fixed->count,
				plural(fixed->count));
}

static void count(struct report *report, const struct report_leak *leak)
{
	uint64_t counted = leak->count - leak->suppressed - leak->baselined;

	if (counted)
		report_count(report, leak->class, leak->verdict, counted);
	report->baselined += leak->baselined;
	if (leak->verdict != VERDICT_NOTE)
		report->suppressed += leak->suppressed;
}

/* Removes notes that nobody wants to see. */
static void remove_notes(struct report *report)
{
	size_t kept = 0, i;

	for (i = 0; i < report->leak_count; i++)
		if (report->leaks[i].verdict == VERDICT_NOTE)
			report_finding_clear(&report->leaks[i]);
		else
			report->leaks[kept++] = report->leaks[i];
	report->leak_count = kept;
}

static void separate_quiet(struct report *report)
{
	size_t shown = 0;

	while (shown < report->leak_count && !standing_is_quiet(report->leaks[shown].standing))
		shown++;
	report->quiet_count = report->leak_count - shown;
	report->leak_count = shown;
}

void standings_decide(struct report *report, const struct report_options *options)
{
	struct allowance *all = NULL;
	size_t i;

	report->baseline = options->baseline;
	suppressions_begin(report, &options->suppressions);
	if (report->baseline)
		all = allowances_of(report->baseline);
	report_sort(report);
	for (i = 0; i < report->leak_count; i++) {
		decide_standing(report, &report->leaks[i], all);
		count(report, &report->leaks[i]);
	}
	end_allowances(report, all, options->judge.classes);
	if (!options->all)
		remove_notes(report);
	for (i = 0; i < report->leak_count; i++) {
		finding_words_fill(&report->leaks[i], report->symbolizer);
		if (options->gen_suppressions)
			suppression_offer(&report->leaks[i]);
	}
	report_sort(report);
	if (!options->all)
		separate_quiet(report);
}
