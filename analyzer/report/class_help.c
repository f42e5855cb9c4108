/* SPDX-License-Identifier: MIT */
#include "analyzer/report/class_help.h"

#include <stdbool.h>
#include <stdio.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/line.h"
#include "analyzer/rules/class_words.h"
#include "analyzer/rules/rules.h"

#define CLASSES_URI "man:finleak-classes(7)"

static char *help(enum leak_class class, bool markdown)
{
	const char *mark = markdown ? "**" : "", *code = markdown ? "`" : "";
	const struct class_words *words = class_words(class);
	unsigned int reason;
	struct line line;
	FILE *out = line_begin(&line);

	fprintf(out, "%s\n\n%sHow to fix it%s\n\n%s\n", words->means, mark, mark, words->fix);
	for (reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		if (!rules_give(class, reason))
			continue;
		fprintf(out, "\n- %s%s%s: %s %s\n", code, leak_reason_name(reason), code,
			reason_words(reason)->means, reason_words(reason)->fix);
	}
	return line_end(&line);
}

char *class_help_text(enum leak_class class)
{
	return help(class, false);
}

char *class_help_markdown(enum leak_class class)
{
	return help(class, true);
}

char *class_help_uri(enum leak_class class)
{
	return allocate_printed("%s#%s", CLASSES_URI, leak_class_name(class));
}
