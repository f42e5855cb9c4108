/* SPDX-License-Identifier: MIT */
#include "analyzer/render/formats.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/render.h"

/* The first is the default. */
static const struct format formats[] = {
	{ .name = "text", .extension = "txt", .render = render_text },
	{ .name = "json", .extension = "json", .render = render_json, .joins_lines = true },
#ifdef FINLEAK_HTML
	{ .name = "html", .extension = "html", .render = render_html },
#endif
	{ .name = "github",
	  .extension = "txt",
	  .render = render_github,
	  .own_lines = true,
	  .unasked_where = "GITHUB_ACTIONS",
	  .summary_variable = "GITHUB_STEP_SUMMARY",
	  .summarize = render_markdown },
	{ .name = "markdown", .extension = "md", .render = render_markdown },
	{ .name = "sarif", .extension = "sarif", .render = render_sarif, .joins_lines = true },
	{ .name = "junit", .extension = "xml", .render = render_junit },
	{ .name = "folded", .extension = "folded", .render = render_folded, .own_lines = true },
	{ .name = "speedscope",
	  .extension = "speedscope.json",
	  .render = render_speedscope,
	  .joins_lines = true },
#ifdef FINLEAK_PPROF
	{ .name = "pprof", .extension = "pb.gz", .render = render_pprof, .is_binary = true },
#endif
	{ .name = "openmetrics",
	  .extension = "prom",
	  .render = render_openmetrics,
	  .own_lines = true },
};

#define FORMATS (sizeof(formats) / sizeof(formats[0]))

const struct format *format_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < FORMATS; i++)
		if (!name || strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

const struct format *format_at(size_t number)
{
	return number < FORMATS ? &formats[number] : NULL;
}

char *format_names(void)
{
	char *names = allocate_text(formats[0].name), *longer;
	size_t i;

	for (i = 1; i < FORMATS; i++) {
		longer = allocate_printed("%s%s%s", names, i + 1 < FORMATS ? ", " : " or ",
					  formats[i].name);
		free(names);
		names = longer;
	}
	return names;
}
