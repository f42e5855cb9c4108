/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/verbs.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/options/options.h"
#include "analyzer/base/progress.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/paths.h"
#include "analyzer/kernel_view/kernel_access.h"
#include "analyzer/kernel_view/kernel_process.h"
#include "analyzer/options/option_values.h"
#include "analyzer/options/parse_options.h"
#include "analyzer/options/stored_options.h"
#include "analyzer/recordings/process_end.h"
#include "analyzer/report/report_build.h"
#include "analyzer/verbs/recorded_report.h"
#include "analyzer/verbs/report_outputs.h"
#include "analyzer/watch/watch_subject.h"

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

/* Takes over REPORT. */
static int write_report(const struct options *options, struct report *report)
{
	int status = report_status(report, options);
	bool written;

	written = report_outputs_write(report, options, stdout);
	if (!report_outputs_update_baseline(report, options) || !written)
		status = EXIT_NOT_JUDGED;
	report_leave(report);
	return status;
}

static int report_on(struct options *options, char *const *paths, size_t count)
{
	struct report *report = recorded_report(options, paths, count);

	return report ? write_report(options, report) : EXIT_NOT_JUDGED;
}

/* What the run that writes RECORDING judges by. */
static void take_stored(struct options *options, const char *recording)
{
	char *folder = path_folder(recording);
	struct run_record *record = run_record_read(folder);

	if (record && record->has_options)
		stored_options_take(options, &record->options);
	run_record_free(record);
	free(folder);
}

/* A running process, with its relatives if it is recorded, else as `finleak scan` does. */
static int report_on_process(struct options *options, const char *pid)
{
	struct watch_subject *subject;
	struct report *report;
	char *recording;
	int status;

	kernel_access_raise_descriptor_limit();
	/* A checkpoint is a process' own. */
	if (options->report.judge.since_ns)
		options->report.judge.pid = parse_pid(pid);
	recording = process_recording_path(kernel_process_program(parse_pid(pid)));
	if (recording)
		take_stored(options, recording);
	free(recording);
	subject = watch_subject_open(pid, &options->report);
	if (!subject)
		return EXIT_NOT_JUDGED;
	clock_wait(watch_subject_begin_sample(subject));
	report = watch_subject_sample(subject);
	/* The report names code by the subject's symbolizer. */
	status = report ? write_report(options, report) : EXIT_NOT_JUDGED;
	watch_subject_close(subject);
	return status;
}

static bool is_pid(const struct options *options)
{
	struct stat status;

	return options->argument_count == 1 && parse_pid(options->arguments[0]) &&
	       stat(options->arguments[0], &status) < 0;
}

int verb_report(int argc, char **argv)
{
	struct options options;
	char *folder = NULL;
	int status;

	options_parse_report(&options, argc, argv);
	if (!report_outputs_check(&options)) {
		options_clear(&options);
		return EXIT_NOT_JUDGED;
	}
	progress_allow();
	if (options.recordings)
		folder = allocate_text(options.recordings);
	else if (!options.argument_count)
		folder = newest_folder();
	if (folder && options.argument_count) {
		fputs("finleak: give the recordings as arguments or by --recordings, not both\n",
		      stderr);
		status = EXIT_NOT_JUDGED;
	} else if (folder) {
		status = report_on(&options, &folder, 1);
	} else if (!options.argument_count) {
		fputs("finleak: no folder ./finleak.* or ./finleak-recordings here: name the "
		      "recordings to report on\n",
		      stderr);
		status = EXIT_NOT_JUDGED;
	} else if (is_pid(&options)) {
		status = report_on_process(&options, options.arguments[0]);
	} else {
		status = report_on(&options, options.arguments, options.argument_count);
	}
	free(folder);
	options_clear(&options);
	return status;
}
