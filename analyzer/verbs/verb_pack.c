/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/verbs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/atomic_file.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/progress.h"
#include "analyzer/base/utf8.h"
#include "analyzer/options/parse_options.h"
#include "analyzer/options/usage_error.h"
#include "analyzer/pack/pack.h"
#include "analyzer/pack/pack_symbols.h"
#include "analyzer/render/render.h"
#include "analyzer/report/report_build.h"
#include "analyzer/verbs/recorded_report.h"
#include "analyzer/verbs/report_outputs.h"

/* The lines of source that a report shows are asked for by writing one. */
static void ask_for_lines(const struct report *report)
{
	FILE *nowhere = fopen("/dev/null", "we");

	if (!nowhere)
		return;
	render_text(report, nowhere, false);
	fclose(nowhere);
}

/* symbols.json for the recordings in FOLDER, the caller's; NULL with one line on stderr. */
static char *symbols_of(struct options *options, char *folder, size_t *size, size_t *recordings)
{
	struct report *report;
	char *text = NULL;
	FILE *out;

	options->report.all = true;
	report = recorded_report(options, &folder, 1);
	if (!report)
		return NULL;
	report_name_all(report);
	ask_for_lines(report);
	*recordings = report->recordings->count;
	out = open_memstream(&text, size);
	if (!out)
		allocate_failed();
	pack_symbols_write(report->symbolizer, out);
	if (fclose(out) != 0)
		allocate_failed();
	report_free(report);
	return text;
}

static void print_done(const char *path, size_t recordings)
{
	struct stat status;

	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, path);
	fprintf(stderr, " has %zu recording%s", recordings, recordings == 1 ? "" : "s");
	if (stat(path, &status) == 0)
		fprintf(stderr, " in %lld KiB", ((long long)status.st_size + 1023) / 1024);
	fputc('\n', stderr);
}

static bool pack(struct options *options, char *folder, const char *path)
{
	size_t size = 0, recordings = 0;
	char *symbols = symbols_of(options, folder, &size, &recordings);
	struct new_file file;
	bool good = false;
	int failure;

	if (!symbols)
		return false;
	failure = atomic_file_begin(&file, path);
	if (failure) {
		report_outputs_cannot_write(path, failure);
	} else if (!pack_write(file.stream, folder, symbols, size)) {
		atomic_file_abandon(&file);
	} else {
		failure = atomic_file_end(&file);
		good = !failure || report_outputs_cannot_write(path, failure);
	}
	free(symbols);
	if (good)
		print_done(path, recordings);
	return good;
}

/* "finleak.4711.tar.zst" for "/tmp/finleak.4711/"; the caller frees it. */
static char *default_path(const char *folder)
{
	char *resolved = realpath(folder, NULL), *path;

	path = allocate_printed("%s.tar.zst", path_base(resolved ? resolved : folder));
	free(resolved);
	return path;
}

int verb_pack(int argc, char **argv)
{
	struct options options;
	struct stat status;
	char *folder, *path;
	bool good;

	options_parse_pack(&options, argc, argv);
	if (options.argument_count != 1)
		usage_error("finleak pack", "expected one folder of recordings");
	folder = options.arguments[0];
	if (stat(folder, &status) < 0 || !S_ISDIR(status.st_mode))
		usage_error("finleak pack", "'%s' is not a folder", folder);
	progress_allow();
	path = options.outputs[0].path ? allocate_text(options.outputs[0].path)
				       : default_path(folder);
	good = pack(&options, folder, path);
	free(path);
	options_clear(&options);
	return good ? EXIT_SUCCESS : EXIT_NOT_JUDGED;
}
