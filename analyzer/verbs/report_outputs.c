/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/report_outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/atomic_file.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/base/interruption.h"
#include "analyzer/base/utf8.h"
#include "analyzer/render/render_baseline.h"
#include "analyzer/verbs/joined_lines.h"

bool report_outputs_want_color(const struct options *options, FILE *stream)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	if (options->color != COLOR_AUTO)
		return options->color == COLOR_ALWAYS;
	if (no_color && no_color[0])
		return false;
	return isatty(fileno(stream)) && term && strcmp(term, "dumb") != 0;
}

static bool is_stdout(const struct report_output *output)
{
	return output->path && strcmp(output->path, "-") == 0;
}

bool report_outputs_cannot_write(const char *name, int failure)
{
	fputs("finleak: cannot write ", stderr);
	utf8_print_escaped(stderr, name);
	fprintf(stderr, ": %s\n", strerror(failure));
	return false;
}

/* What is not there begins no line. */
static void write_own_lines(const struct report *report, const struct format *format, FILE *stream)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		allocate_failed();
	format->render(report, out, false);
	if (fclose(out) != 0)
		allocate_failed();
	/* PROGRAM's last line may have no end. */
	if (size)
		fputc('\n', stream);
	fwrite(text, 1, size, stream);
	free(text);
}

/* Appends the summary of REPORT to the file that the environment names, if it does. */
static void summarize(const struct report *report, const struct format *format)
{
	const char *path = format->summary_variable ? getenv(format->summary_variable) : NULL;
	FILE *stream;

	if (!path || !path[0])
		return;
	stream = fopen(path, "ae");
	if (stream)
		format->summarize(report, stream, false);
	/* The report itself is written all the same. */
	if (!stream || fclose(stream) != 0)
		report_outputs_cannot_write(path, errno);
}

/* Writes to a stream that stays open. SHARED: PROGRAM has written to it as well. */
static bool write_to_stream(const struct report *report, const struct options *options,
			    const struct report_output *output, FILE *stream, bool shared)
{
	FILE *joined = NULL;
	int failure = 0;

	/* On a line of its own the report can be distinguished from PROGRAM's output. */
	if (shared && output->format->joins_lines) {
		fputc('\n', stream);
		joined = joined_lines_open(stream);
	}
	if (shared && output->format->own_lines)
		write_own_lines(report, output->format, stream);
	else
		output->format->render(report, joined ? joined : stream,
				       report_outputs_want_color(options, stream));
	if (joined && fclose(joined) != 0)
		failure = errno ? errno : EIO;
	if (fflush(stream) != 0 || ferror(stream))
		failure = errno ? errno : EIO;
	return !failure || report_outputs_cannot_write("the report", failure);
}

static bool write_to_file(const struct report *report, const struct options *options,
			  const struct report_output *output)
{
	bool is_new = access(output->path, F_OK) != 0;
	FILE *stream = fopen(output->path, "we");
	int failure = 0;

	if (!stream)
		return report_outputs_cannot_write(output->path, errno);
	errno = 0;
	/* An incomplete report must not be taken for a complete one. */
	interruption_guard_file(fileno(stream), is_new ? output->path : NULL);
	output->format->render(report, stream, report_outputs_want_color(options, stream));
	if (fflush(stream) != 0 || ferror(stream))
		failure = errno ? errno : EIO;
	interruption_release_file();
	if (fclose(stream) != 0 && !failure)
		failure = errno;
	return !failure || report_outputs_cannot_write(output->path, failure);
}

bool report_outputs_write(const struct report *report, const struct options *options, FILE *stream)
{
	bool ok = true;
	size_t i;

	for (i = 0; i < options->output_count; i++) {
		const struct report_output *output = &options->outputs[i];

		if (!output->path || is_stdout(output))
			ok &= write_to_stream(report, options, output,
					      output->path ? stdout : stream, stream == stderr);
		else
			ok &= write_to_file(report, options, output);
		summarize(report, output->format);
	}
	return ok;
}

static bool is_asked_for(const struct options *options, const struct format *format)
{
	size_t i;

	for (i = 0; i < options->output_count; i++)
		if (options->outputs[i].format == format)
			return true;
	return false;
}

bool report_outputs_write_unasked(const struct report *report, const struct options *options)
{
	const struct format *format;
	bool ok = true;
	size_t i;

	for (i = 0; (format = format_at(i)) != NULL; i++) {
		const struct report_output output = { .format = format, .path = NULL };
		const char *value = format->unasked_where ? getenv(format->unasked_where) : NULL;

		if (!value || strcmp(value, "true") != 0 || is_asked_for(options, format))
			continue;
		ok &= write_to_stream(report, options, &output, stderr, true);
		summarize(report, format);
	}
	return ok;
}

/* 0, or the errno of opening PATH for writing. Nothing is changed by that. */
static int try_to_write(const char *path)
{
	const int flags = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOCTTY;
	struct stat status;
	int fd;

	/* The reader of a FIFO that is opened and closed would see the end. */
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
		return access(path, W_OK) < 0 ? errno : 0;
	fd = open(path, flags | O_CREAT | O_EXCL, 0666);
	if (fd >= 0) {
		unlink(path);
	} else if (errno == EEXIST) {
		fd = open(path, flags);
		/* A link to where nothing is yet: the report creates it. */
		if (fd < 0 && errno == ENOENT)
			return 0;
	}
	if (fd < 0)
		return errno;
	close(fd);
	return 0;
}

bool report_outputs_check(const struct options *options)
{
	bool ok = true;
	size_t i;

	for (i = 0; i < options->output_count; i++) {
		const struct report_output *output = &options->outputs[i];
		int failure = 0;

		if (output->path && !is_stdout(output))
			failure = try_to_write(output->path);
		if (failure)
			ok = report_outputs_cannot_write(output->path, failure);
	}
	if (options->update_baseline) {
		int failure = try_to_write(options->baseline_path);

		if (failure)
			ok = report_outputs_cannot_write(options->baseline_path, failure);
	}
	return ok;
}

bool report_outputs_update_baseline(const struct report *report, const struct options *options)
{
	struct new_file file;
	size_t count;
	int failure;

	if (!options->update_baseline)
		return true;
	if (report->unreadable) {
		fputs("finleak: the baseline is not updated: not all recordings could be read\n",
		      stderr);
		return false;
	}
	failure = atomic_file_begin(&file, options->baseline_path);
	if (failure)
		return report_outputs_cannot_write(options->baseline_path, failure);
	count = render_baseline(report, file.stream);
	failure = atomic_file_end(&file);
	if (failure)
		return report_outputs_cannot_write(options->baseline_path, failure);
	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, options->baseline_path);
	fprintf(stderr, " has %zu leak%s now\n", count, count == 1 ? "" : "s");
	return true;
}

void report_outputs_summarize(const struct report *report, const struct options *options)
{
	size_t i;

	for (i = 0; i < options->output_count; i++)
		if (!options->outputs[i].path)
			return;
	utf8_print_escaped(stderr, report->headline);
	fputs(options->output_count > 1 ? "; the reports are in " : "; the report is in ", stderr);
	for (i = 0; i < options->output_count; i++) {
		if (i)
			fputs(i + 1 < options->output_count ? ", " : " and ", stderr);
		utf8_print_escaped(stderr, is_stdout(&options->outputs[i])
						   ? "standard output"
						   : options->outputs[i].path);
	}
	fputc('\n', stderr);
}

int report_status(const struct report *report, const struct options *options)
{
	bool is_one = report->not_judged == 1;

	if (report->unreadable)
		return EXIT_NOT_JUDGED;
	if (report->leaked_sockets && !options->update_baseline)
		return options->error_exitcode;
	if (!report->not_judged || !options->error_exitcode)
		return 0;
	fprintf(stderr, "finleak: %llu %s could not be %s: the gate can't pass\n",
		(unsigned long long)report->not_judged,
		report->observed ? is_one ? "socket or namespace" : "sockets or namespaces"
		: is_one         ? "socket or process"
				 : "sockets or processes",
		report->observed ? "examined" : "recorded");
	return EXIT_NOT_JUDGED;
}
