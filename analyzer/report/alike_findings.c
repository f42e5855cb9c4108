/* SPDX-License-Identifier: MIT */
#include "analyzer/report/alike_findings.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/call_site_twins.h"
#include "analyzer/call_sites/leak_executable.h"
#include "analyzer/report/frame_words.h"
#include "analyzer/report/report_finding.h"
#include "analyzer/report/suppressed.h"

/* The first finding that reads so. */
struct reading {
	char *words;
	size_t index;
	bool is_joined; /* others have been added to its site */
	UT_hash_handle hh;
};

/*
 * What a reader knows FINDING by, and for connections of a listener, which listener. Findings that
 * different suppressions match by their code get different words.
 */
static char *words_of(const struct report_leak *finding, const struct suppressions *suppressions)
{
	const struct call_site_key *key = &finding->call_site->key;
	char *site = frame_call(finding->site), *opened = frame_call(finding->opened_site);
	char *suppressed = suppressions_by_code(suppressions, finding);
	char *words = allocate_printed(
		"%d %d %d %d %d %llu %llu %s\n%s\n%s\n%s\n%s", (int)key->class, (int)key->reason,
		(int)key->verdict, (int)key->deciding, (int)finding->side,
		(unsigned long long)key->listener, (unsigned long long)key->handler, suppressed,
		leak_executable(finding->call_site->leaks[0]), site, opened, finding->fix);

	free(site);
	free(opened);
	free(suppressed);
	return words;
}

/* Ends the list ALL, after the sites that were added to have become their findings again. */
static void fill_joined(struct report *report, struct reading *all,
			const struct report_options *options)
{
	struct reading *reading, *next;

	HASH_ITER(hh, all, reading, next) {
		struct report_leak *finding = &report->leaks[reading->index];

		if (reading->is_joined)
			report_fill_again(report, finding, finding->call_site, options);
		HASH_DEL(all, reading);
		free(reading->words);
		free(reading);
	}
}

void report_join_alike(struct report *report, const struct report_options *options)
{
	struct reading *all = NULL, *reading;
	size_t kept = 0, i;

	for (i = 0; i < report->leak_count; i++) {
		struct report_leak *finding = &report->leaks[i];
		char *words;

		if (finding->place) {
			report->leaks[kept++] = *finding;
			continue;
		}
		words = words_of(finding, &options->suppressions);
		HASH_FIND_STR(all, words, reading);
		if (reading) {
			struct report_leak *first = &report->leaks[reading->index];

			first->call_site = call_sites_join_two(report->call_sites, first->call_site,
							       finding->call_site);
			reading->is_joined = true;
			report_finding_clear(finding);
			free(words);
			continue;
		}
		reading = allocate_zeroed(1, sizeof(*reading));
		reading->words = words;
		reading->index = kept;
		HASH_ADD_KEYPTR(hh, all, reading->words, strlen(reading->words), reading);
		report->leaks[kept++] = *finding;
	}
	report->leak_count = kept;
	fill_joined(report, all, options);
}
