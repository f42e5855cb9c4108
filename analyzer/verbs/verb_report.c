/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/verbs.h"

#include <glob.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/observer/observe_running.h"
#include "analyzer/options/options.h"
#include "analyzer/base/progress.h"
#include "analyzer/options/parse_options.h"
#include "analyzer/verbs/report_outputs.h"
#include "analyzer/report/report_build.h"

/* The newest folder of recordings here; NULL none. The caller frees it. */
static char *newest_folder(void)
{
	struct timespec newest = { 0, 0 };
	char *folder = NULL;
	glob_t found = { 0 };
	size_t i;

	glob("./finleak.*", GLOB_ONLYDIR, NULL, &found);
	glob("./finleak-recordings", GLOB_ONLYDIR | (found.gl_pathc ? GLOB_APPEND : 0), NULL,
	     &found);
	for (i = 0; i < found.gl_pathc; i++) {
		struct stat status;

		if (stat(found.gl_pathv[i], &status) < 0 || !S_ISDIR(status.st_mode))
			continue;
		if (folder && (status.st_mtim.tv_sec < newest.tv_sec ||
			       (status.st_mtim.tv_sec == newest.tv_sec &&
				status.st_mtim.tv_nsec <= newest.tv_nsec)))
			continue;
		newest = status.st_mtim;
		free(folder);
		folder = allocate_text(found.gl_pathv[i]);
	}
	globfree(&found);
	return folder;
}

static int report_on(const struct options *options, char *const *paths, size_t count)
{
	struct recordings *recordings =
		recordings_read_observed(paths, count, NULL, 0, options->report.judge.min_held_ns);
	struct report *report;
	int status;

	if (recordings->count == 0) {
		if (recordings->unreadable == 0)
			fprintf(stderr, "finleak: no recordings in %s\n", paths[0]);
		recordings_free(recordings);
		return EXIT_NOT_JUDGED;
	}
	report = report_build(recordings, &options->report);
	status = report_status(report, options, "sockets or children could not be recorded");
	if (!report_outputs_write(report, options, stdout))
		status = EXIT_NOT_JUDGED;
	report_free(report);
	return status;
}

int verb_report(int argc, char **argv)
{
	struct options options;
	char *folder = NULL, **paths;
	size_t count;
	int status;

	options_parse_report(&options, argc, argv);
	if (!report_outputs_check(&options)) {
		options_clear(&options);
		return EXIT_NOT_JUDGED;
	}
	progress_allow();
	paths = options.arguments;
	count = options.argument_count;
	if (options.recordings || count == 0) {
		folder = options.recordings ? allocate_text(options.recordings) : newest_folder();
		if (!folder) {
			fputs("finleak: no folder ./finleak.* or ./finleak-recordings here: name "
			      "the recordings to report on\n",
			      stderr);
			options_clear(&options);
			return EXIT_NOT_JUDGED;
		}
	}
	if (folder && count == 0) {
		status = report_on(&options, &folder, 1);
	} else if (folder) {
		fputs("finleak: give the recordings as arguments or by --recordings, not both\n",
		      stderr);
		status = EXIT_NOT_JUDGED;
	} else {
		status = report_on(&options, paths, count);
	}
	free(folder);
	options_clear(&options);
	return status;
}
