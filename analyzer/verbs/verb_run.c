/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/verbs.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/launch/launch.h"
#include "analyzer/observer/observe_running.h"
#include "analyzer/options/options.h"
#include "analyzer/base/progress.h"
#include "analyzer/options/parse_options.h"
#include "analyzer/options/stored_options.h"
#include "analyzer/verbs/report_outputs.h"
#include "analyzer/verbs/run_by_kernel.h"
#include "analyzer/base/utf8.h"
#include "analyzer/recordings/recording_names.h"
#include "analyzer/report/report_build.h"

/* Prints REASON, which may contain untrusted names of files. */
static void print_reason(const char *reason)
{
	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, reason);
	fputc('\n', stderr);
}

/* Reports on the recordings in FOLDER, except the NAMES from before. Returns the exit status. */
static int report_on_run(const struct options *options, const struct launch_options *launch,
			 const struct launch_outcome *outcome, char *folder, char **names,
			 size_t name_count, int program_status)
{
	struct recordings *recordings = recordings_read(&folder, 1, names, name_count);
	char reason[PATH_MAX] = "";
	struct report *report;
	bool written;
	int status;

	if (options->observe_ns)
		recordings = recordings_observe(recordings, &folder, 1, names, name_count,
						options->report.judge.min_held_ns);
	if (recordings->count == 0) {
		launch_explain_silence(launch, reason, sizeof(reason));
		print_reason(reason);
		recordings_free(recordings);
		return EXIT_NOT_JUDGED;
	}
	/* Also where the file that records it could not be written. */
	recordings_add_unrecorded(recordings, outcome->unrecorded, outcome->unrecorded_count);
	report = report_build(recordings, &options->report);
	/* PROGRAM's own status takes precedence. */
	status = program_status ? program_status : report_status(report, options);
	written = report_outputs_write(report, options, stderr);
	written = report_outputs_write_unasked(report, options) && written;
	if (!report_outputs_update_baseline(report, options) || !written)
		status = EXIT_NOT_JUDGED;
	else if (options->error_exitcode)
		report_outputs_summarize(report, options);
	report_free(report);
	return status;
}

static void print_earlier(const char *folder, size_t count)
{
	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, folder);
	fprintf(stderr,
		" holds %zu recording%s of earlier runs: this report leaves %s out, "
		"`finleak report` includes them\n",
		count, count == 1 ? "" : "s", count == 1 ? "it" : "them");
}

/* WHY its calls can't all be seen, and REFUSAL, why the kernel does not help. */
static void print_without_kernel(const char *why, const char *refusal)
{
	char line[PATH_MAX * 4];

	snprintf(line, sizeof(line), "%s: calls that it makes past libc are not recorded: %s", why,
		 refusal);
	print_reason(line);
}

static int run_and_report(const struct options *options, char *folder)
{
	const struct run_options judged_by = stored_options_of(options);
	struct launch_options launch = {
		.argv = options->arguments,
		.recordings = folder,
		.say_recordings = !options->recordings,
		.share_recordings = options->share_recordings,
		.wait_for_all = options->wait_for_all,
		.script_frames = !options->no_script_frames,
		.observe_ns = options->observe_ns,
		.judged_by = &judged_by,
	};
	char reason[PATH_MAX] = "", refusal[PATH_MAX] = "", why[PATH_MAX * 2];
	size_t name_count;
	char **names;
	struct launch_outcome outcome;
	bool by_kernel;
	int status;

	status = launch_preflight(&launch, reason, sizeof(reason));
	by_kernel = (!status || status == EXIT_NOT_JUDGED) &&
		    run_by_kernel_wanted(options, launch.argv, why, sizeof(why));
	if (status && !by_kernel) {
		print_reason(reason);
		return status;
	}
	if (!report_outputs_check(options))
		return EXIT_NOT_JUDGED;
	/* The folder of -d may have recordings of an earlier run. */
	names = recordings_names(folder, &name_count);
	if (name_count)
		print_earlier(folder, name_count);
	if (by_kernel)
		by_kernel = run_by_kernel(options, &launch, why, &outcome, &status, refusal,
					  sizeof(refusal));
	if (!by_kernel && refusal[0]) {
		/* Where it does not have to be the kernel, the other recorder does what it can. */
		if (status || options->recorder == RECORDER_KERNEL) {
			if (options->recorder != RECORDER_KERNEL)
				print_reason(reason);
			print_reason(refusal);
			recordings_names_free(names, name_count);
			return EXIT_NOT_JUDGED;
		}
		print_without_kernel(why, refusal);
	}
	if (!by_kernel)
		status = launch_program(&launch, &outcome);
	progress_allow();
	if (outcome.started)
		status = report_on_run(options, &launch, &outcome, folder, names, name_count,
				       status);
	recordings_names_free(names, name_count);
	launch_outcome_clear(&outcome);
	if (outcome.signal && status == 128 + outcome.signal)
		launch_end_by(outcome.signal);
	return status;
}

int verb_run(int argc, char **argv)
{
	struct options options;
	char *folder;
	int status;

	options_parse_run(&options, argc, argv);
	folder = options.recordings ? allocate_text(options.recordings)
				    : allocate_printed("./finleak.%d", (int)getpid());
	status = run_and_report(&options, folder);
	free(folder);
	options_clear(&options);
	return status;
}
