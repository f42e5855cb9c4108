/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/watch_outputs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/verbs/report_outputs.h"

bool watch_outputs_write(const struct report *report, const struct options *asked,
			 const char *unnamed)
{
	struct options options = *asked;
	bool written;
	size_t i;

	options.output_count = 0;
	options.outputs = allocate_zeroed(asked->output_count, sizeof(*options.outputs));
	for (i = 0; i < asked->output_count; i++) {
		struct report_output output = asked->outputs[i];

		if (!output.path)
			output.path = unnamed;
		if (output.path)
			options.outputs[options.output_count++] = output;
	}
	written = report_outputs_write(report, &options, stdout);
	free(options.outputs);
	return written;
}

/* Writes REPORT to the new file DRAFT, which the collector's user may read. */
static bool write_draft(const struct report *report, const char *draft)
{
	int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	bool written;

	if (!out) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	format_by_name("openmetrics")->render(report, out, false);
	written = fflush(out) == 0 && !ferror(out);
	return fclose(out) == 0 && written;
}

bool watch_outputs_textfile(const struct report *report, const char *path)
{
	char *folder = path_folder(path);
	/* The collector reads what ends in ".prom". */
	char *draft = allocate_printed("%s/.%s.%d", folder, path_base(path), (int)getpid());
	bool written;
	int failure;

	/* Of an earlier watch that was killed. */
	unlink(draft);
	written = write_draft(report, draft) && rename(draft, path) == 0;
	failure = errno;
	if (!written) {
		unlink(draft);
		report_outputs_cannot_write(path, failure);
	}
	free(draft);
	free(folder);
	return written;
}

char *watch_outputs_name(const struct format *format)
{
	char day[32];
	time_t now = time(NULL);
	struct tm local;

	localtime_r(&now, &local);
	strftime(day, sizeof(day), "%Y%m%d-%H%M%S", &local);
	return allocate_printed("finleak-watch.%s.%s", day, format->extension);
}
