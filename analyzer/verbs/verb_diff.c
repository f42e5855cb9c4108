/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/verbs.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/exit_status.h"
#include "analyzer/base/regular_file.h"
#include "analyzer/base/utf8.h"
#include "analyzer/options/parse_options.h"
#include "analyzer/options/usage_error.h"
#include "analyzer/render/render.h"
#include "analyzer/render/render_diff.h"
#include "analyzer/report/comparison.h"
#include "analyzer/report/report_build.h"
#include "analyzer/verbs/recorded_report.h"
#include "analyzer/verbs/report_outputs.h"

/* Does PATH begin as a JSON document does? Recordings and packs begin with their magic. */
static bool is_json(const char *path)
{
	struct stat status;
	char text[64];
	ssize_t length, i;
	int fd = regular_file_open(path, &status);

	if (fd < 0)
		return false;
	length = read(fd, text, sizeof(text));
	close(fd);
	for (i = 0; i < length && isspace((unsigned char)text[i]); i++)
		;
	return i == length || text[i] == '{' || text[i] == '[';
}

/* The leaks of PATH. Returns false with one line on stderr. */
static bool take_side(struct baseline *side, struct options *options, char *path)
{
	struct report *report;
	bool complete;

	side->path = path;
	if (is_json(path))
		return baseline_read(side, path);
	report = recorded_report(options, &path, 1);
	if (!report)
		return false;
	baseline_add_report(side, report);
	complete = !report->unreadable;
	report_free(report);
	return complete;
}

/* To the one output of OPTIONS. Returns false with one line on stderr. */
static bool write_comparison(const struct comparison *comparison, const struct options *options)
{
	const struct report_output *output = &options->outputs[0];
	bool to_file = output->path && strcmp(output->path, "-") != 0;
	FILE *stream = to_file ? fopen(output->path, "we") : stdout;
	int failure = stream ? 0 : errno;

	if (stream) {
		errno = 0;
		if (output->format->render == render_json)
			render_diff_json(comparison, stream);
		else
			render_diff_text(comparison, stream,
					 report_outputs_want_color(options, stream));
		if (fflush(stream) != 0 || ferror(stream))
			failure = errno ? errno : EIO;
		if (to_file && fclose(stream) != 0 && !failure)
			failure = errno;
	}
	if (!failure)
		return true;
	fputs("finleak: cannot write ", stderr);
	utf8_print_escaped(stderr, to_file ? output->path : "the comparison");
	fprintf(stderr, ": %s\n", strerror(failure));
	return false;
}

static int compare(struct options *options, char *before_path, char *after_path)
{
	struct baseline before = { .path = NULL }, after = { .path = NULL };
	struct comparison comparison;
	int status = EXIT_NOT_JUDGED;

	if (!take_side(&before, options, before_path) || !take_side(&after, options, after_path))
		goto out;
	comparison_make(&comparison, &before, &after);
	if (write_comparison(&comparison, options))
		status = comparison.counts[CHANGE_NEW] || comparison.counts[CHANGE_GROWN]
				 ? options->error_exitcode
				 : 0;
	comparison_clear(&comparison);
out:
	baseline_clear(&before);
	baseline_clear(&after);
	return status;
}

int verb_diff(int argc, char **argv)
{
	struct options options;
	int status = EXIT_NOT_JUDGED;

	options_parse_diff(&options, argc, argv);
	if (options.argument_count != 2)
		usage_error("finleak diff", "expected two reports or recordings: OLD NEW");
	if (options.output_count != 1 || (options.outputs[0].format->render != render_text &&
					  options.outputs[0].format->render != render_json))
		usage_error("finleak diff", "a comparison has one format: text or json");
	if (report_outputs_check(&options))
		status = compare(&options, options.arguments[0], options.arguments[1]);
	options_clear(&options);
	return status;
}
