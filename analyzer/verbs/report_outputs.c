/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/report_outputs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/exit_status.h"
#include "analyzer/base/interruption.h"

static bool wants_color(const struct options *options, FILE *stream)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (options->color != COLOR_AUTO)
		return options->color == COLOR_ALWAYS;
	if (no_color && no_color[0])
		return false;
	return isatty(fileno(stream)) && term && strcmp(term, "dumb") != 0;
}

static bool write_one(const struct report *report, const struct options *options,
		      const struct report_output *output, FILE *stream)
{
	const char *name = output->path ? output->path : "the report";
	bool is_new = false;
	int failure = 0;

	errno = 0;
	if (output->path) {
		is_new = access(output->path, F_OK) != 0;
		errno = 0;
		stream = fopen(output->path, "we");
	}
	if (!stream) {
		fprintf(stderr, "finleak: cannot write %s: %s\n", name, strerror(errno));
		return false;
	}
	/* An incomplete report must not be taken for a complete one. */
	if (output->path)
		interruption_guard_file(fileno(stream), is_new ? output->path : NULL);
	output->format->render(report, stream, wants_color(options, stream));
	if (fflush(stream) != 0 || ferror(stream))
		failure = errno ? errno : EIO;
	interruption_release_file();
	if (output->path && fclose(stream) != 0 && !failure)
		failure = errno;
	if (failure)
		fprintf(stderr, "finleak: cannot write %s: %s\n", name, strerror(failure));
	return !failure;
}

bool report_outputs_write(const struct report *report, const struct options *options, FILE *stream)
{
	bool ok = true;
	size_t i;

	for (i = 0; i < options->output_count; i++)
		if (!write_one(report, options, &options->outputs[i], stream))
			ok = false;
	return ok;
}

int report_status(const struct report *report, const struct options *options,
		  const char *not_judged)
{
	if (report->unreadable)
		return EXIT_COULD_NOT_LOOK;
	if (report->leaked_sockets)
		return options->error_exitcode;
	if (!report->not_judged || !options->error_exitcode)
		return 0;
	fprintf(stderr, "finleak: %llu %s: the gate can't pass\n",
		(unsigned long long)report->not_judged, not_judged);
	return EXIT_COULD_NOT_LOOK;
}
