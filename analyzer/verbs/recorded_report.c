/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/recorded_report.h"

#include <stdio.h>

#include "analyzer/base/utf8.h"
#include "analyzer/observer/observe_running.h"
#include "analyzer/options/stored_options.h"
#include "analyzer/report/report_build.h"
#include "analyzer/verbs/unpacked.h"

/* Several runs may have written into one folder: whoever reads the report must know. */
static void print_runs(char *const *paths, size_t count)
{
	size_t i;

	for (i = 0; i < count; i++) {
		struct run_record *record = run_record_read(paths[i]);

		if (record && record->runs > 1) {
			fputs("finleak: ", stderr);
			utf8_print_escaped(stderr, paths[i]);
			fprintf(stderr,
				" holds the recordings of %llu runs: the report is on all of "
				"them\n",
				(unsigned long long)record->runs);
		}
		run_record_free(record);
	}
}

static struct recordings *read_recordings(struct options *options, char *const *paths, size_t count)
{
	struct recordings *recordings;

	print_runs(paths, count);
	recordings = recordings_read_below(paths, count);
	stored_options_take_of(options, recordings);
	return recordings_observe(recordings, paths, count, NULL, 0,
				  options->report.judge.min_held_ns);
}

struct report *recorded_report(struct options *options, char *const *paths, size_t count)
{
	struct recordings *recordings = NULL;
	struct report *report = NULL;
	struct unpacked unpacked;

	if (!options->imported)
		options->imported = imported_names_new();
	options->report.symbols.imported = options->imported;
	if (unpacked_make(&unpacked, paths, count, options->imported))
		recordings = read_recordings(options, unpacked.paths, unpacked.count);
	if (!recordings)
		goto out;
	if (recordings->count) {
		report = report_build(recordings, &options->report);
		goto out;
	}
	if (!recordings->unreadable) {
		fputs("finleak: no recordings in ", stderr);
		utf8_print_escaped(stderr, paths[0]);
		fputc('\n', stderr);
	}
	recordings_free(recordings);
out:
	/* Maps of code are read where a stack needs one: all of them have been. */
	unpacked_clear(&unpacked);
	return report;
}
