/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_sarif_rules.h"

#include <stdlib.h>

#include "analyzer/render/render_sarif_places.h"
#include "analyzer/report/class_help.h"
#include "analyzer/rules/class_words.h"

const char *sarif_level(enum verdict verdict)
{
	static const char *const levels[VERDICT_COUNT] = { "error", "warning", "note" };

	return levels[verdict];
}

static void write_rule(struct json_stream *rules, enum leak_class class)
{
	struct json_stream rule = json_stream_begin_inside(rules, NULL, '{'), help, level;
	const struct class_words *words = class_words(class);
	char *text = class_help_text(class), *markdown = class_help_markdown(class);
	char *uri = class_help_uri(class);

	json_stream_text(&rule, "id", words->name);
	sarif_message(&rule, "shortDescription", words->headline);
	sarif_message(&rule, "fullDescription", words->means);
	json_stream_text(&rule, "helpUri", uri);
	help = json_stream_begin_inside(&rule, "help", '{');
	json_stream_text(&help, "text", text);
	json_stream_text(&help, "markdown", markdown);
	json_stream_end(&help);
	level = json_stream_begin_inside(&rule, "defaultConfiguration", '{');
	json_stream_text(&level, "level", sarif_level(words->verdict));
	json_stream_end(&level);
	json_stream_end(&rule);
	free(uri);
	free(markdown);
	free(text);
}

void sarif_tool(struct json_stream *run)
{
	struct json_stream tool = json_stream_begin_inside(run, "tool", '{'), driver, rules;
	unsigned int class;

	driver = json_stream_begin_inside(&tool, "driver", '{');
	json_stream_text(&driver, "name", "finleak");
	json_stream_text(&driver, "version", FINLEAK_VERSION);
	json_stream_text(&driver, "informationUri", "man:finleak(1)");
	rules = json_stream_begin_inside(&driver, "rules", '[');
	for (class = 0; class < CLASS_COUNT; class ++)
		write_rule(&rules, class);
	json_stream_end(&rules);
	json_stream_end(&driver);
	json_stream_end(&tool);
}
