/* SPDX-License-Identifier: MIT */
#include "analyzer/report/missing_symbols.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/debug_packages.h"

/* Does a warning explain already why FRAME's module was not read? */
static bool is_warned_of(const struct report *report, const struct frame *frame)
{
	const char *const *warnings;
	size_t count = symbolizer_warnings(report->symbolizer, &warnings), i;
	size_t length = strlen(frame->module);

	for (i = 0; i < count; i++)
		if (strncmp(warnings[i], frame->module, length) == 0 && warnings[i][length] == ':')
			return true;
	return false;
}

static bool lacks_symbols(const struct report *report, const struct report_leak *leak,
			  const struct own_globs *own)
{
	const struct report_process *process = report_process_of(report, leak);
	const struct frame *site = leak->site;

	if (!site || site->file || site->script || site->module[0] != '/')
		return false;
	/* Its own lines are no help: the user needs those of scripts. */
	if (language_of_engine(site->module, site->function))
		return false;
	return own_code_is_own(site, process && process->executable ? process->executable : "",
			       own) &&
	       !is_warned_of(report, site);
}

/* A copy that was deleted, a file of another root, or one that never was (memfd_create). */
static void file_missing_add(struct report_leak *leak)
{
	if (!leak->site->function && errno == ENOENT)
		sentences_add(&leak->lines,
			      allocate_printed("%s does not exist here: names and lines come from "
					       "the file that ran (--sysroot).",
					       leak->site->module));
}

void missing_symbols_add(struct report *report, struct report_leak *leak,
			 const struct own_globs *own)
{
	const char *module, *what, *package;

	if (!lacks_symbols(report, leak, own) ||
	    !debug_packages_is_news(report->packages, leak->site->module))
		return;
	/* Without its file nobody knows what it has. */
	if (access(leak->site->module, R_OK) != 0) {
		file_missing_add(leak);
		return;
	}
	module = path_base(leak->site->module);
	what = leak->site->function ? "line numbers" : "symbols";
	package = debug_packages_find(report->packages, leak->site->module);
	sentences_add(
		&leak->lines,
		package ? allocate_printed("%s has no %s: install %s, or use --debug-dir or "
					   "DEBUGINFOD_URLS.",
					   module, what, package)
			: allocate_printed("%s has no %s: build it with -g%s.", module, what,
					   leak->site->function ? "" : ", and do not strip it"));
}
