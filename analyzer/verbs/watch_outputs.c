/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/watch_outputs.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/new_file.h"
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

bool watch_outputs_check_textfile(const char *path)
{
	/* It is replaced: what counts is the folder. */
	char *folder = path_folder(path);
	int failure = access(folder, W_OK | X_OK) < 0 ? errno : 0;

	free(folder);
	return !failure || report_outputs_cannot_write(path, failure);
}

bool watch_outputs_textfile(const struct report *report, const char *path)
{
	char *folder = path_folder(path);
	/* The collector reads what ends in ".prom". */
	char *draft = allocate_printed("%s/.%s.%d", folder, path_base(path), (int)getpid());
	struct new_file file;
	/* Its user is another one. */
	int failure = new_file_begin(&file, path, draft, 0644);

	if (!failure) {
		format_by_name("openmetrics")->render(report, file.stream, false);
		failure = new_file_end(&file, 0);
	}
	if (failure)
		report_outputs_cannot_write(path, failure);
	free(draft);
	free(folder);
	return !failure;
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
