/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render_explanation.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/text_output.h"
#include "analyzer/report/line.h"
#include "analyzer/rules/class_words.h"
#include "analyzer/rules/rules.h"

/* Width of the longest class name, and of the longest rule's. */
#define CLASS_WIDTH 17
#define RULE_WIDTH  45

static void print_rule(const struct text *text, const struct rule *rule)
{
	size_t i;

	fprintf(text->out, "  %s: ", rule->name);
	if (rule->reason != REASON_NONE)
		fprintf(text->out, "%s, ", leak_reason_name(rule->reason));
	fprintf(text->out, "a %s, when\n", verdict_name(rule->verdict));
	for (i = 0; i < RULE_CONDITIONS && rule->when[i]; i++)
		text_wrapped(text, "    - ", rule->when[i]->means);
}

/* What decides which rules are printed. */
struct explained {
	bool by_reason;
	enum leak_class class;
	enum leak_reason reason;
};

static bool leads_to(const struct rule *rule, const struct explained *explained)
{
	return explained->by_reason ? rule->reason == explained->reason
				    : rule->class == explained->class;
}

static void print_rules(const struct text *text, const struct explained *explained)
{
	const struct rule *rules;
	size_t count, i;

	fputs("\nHow finleak knows (its rules, in the order in which they are tried)\n", text->out);
	rules = rules_all(&count);
	for (i = 0; i < count; i++)
		if (leads_to(&rules[i], explained))
			print_rule(text, &rules[i]);
	fputs("\nSee also: finleak-classes(7)\n", text->out);
}

static void print_reasons(const struct text *text, enum leak_class class)
{
	unsigned int reason;
	bool any = false;

	for (reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
		if (!rules_give(class, reason))
			continue;
		fputs(any ? "" : "\nReasons\n", text->out);
		any = true;
		fprintf(text->out, "  %s\n", leak_reason_name(reason));
		text_wrapped(text, "    ", reason_words(reason)->means);
		text_wrapped(text, "    Fix: ", reason_words(reason)->fix);
	}
}

void render_explanation(FILE *out, enum leak_class class)
{
	const struct text text = { .out = out };
	const struct class_words *words = class_words(class);
	char *title = allocate_printed("%s: %s", words->name, words->headline);

	text_wrapped(&text, "", title);
	free(title);
	fputc('\n', out);
	text_wrapped(&text, "  ", words->means);
	fputs("\nHow to fix it\n", out);
	text_wrapped(&text, "  ", words->fix);
	print_reasons(&text, class);
	print_rules(&text, &(struct explained){ .class = class });
}

/* "not-polled: a reason of fin-unread" */
static char *title_of_reason(enum leak_reason reason)
{
	struct line line;
	FILE *out = line_begin(&line);
	unsigned int class;
	bool any = false;

	fprintf(out, "%s: a reason of ", leak_reason_name(reason));
	for (class = 0; class < CLASS_COUNT; class ++) {
		if (!rules_give(class, reason))
			continue;
		fprintf(out, "%s%s", any ? ", " : "", leak_class_name(class));
		any = true;
	}
	return line_end(&line);
}

void render_reason(FILE *out, enum leak_reason reason)
{
	const struct text text = { .out = out };
	char *title = title_of_reason(reason);

	text_wrapped(&text, "", title);
	free(title);
	fputc('\n', out);
	text_wrapped(&text, "  ", reason_words(reason)->means);
	fputs("\nHow to fix it\n", out);
	text_wrapped(&text, "  ", reason_words(reason)->fix);
	print_rules(&text, &(struct explained){ .by_reason = true, .reason = reason });
}

static void print_class(const struct text *text, const struct class_words *words)
{
	char *columns = allocate_printed("  %-*s  %-7s  ", CLASS_WIDTH, words->name,
					 verdict_name(words->verdict));

	text_wrapped(text, columns, words->headline);
	free(columns);
}

void render_all_classes(FILE *out)
{
	const struct text text = { .out = out };
	const struct rule *rules;
	unsigned int class;
	size_t count, i;

	fputs("Classes (`finleak explain CLASS` explains one and lists its reasons)\n", out);
	for (class = 0; class < CLASS_COUNT; class ++)
		print_class(&text, class_words(class));
	fputs("\nRules, in the order in which they are tried: the first that matches decides\n",
	      out);
	rules = rules_all(&count);
	for (i = 0; i < count; i++)
		fprintf(out, "  %2zu. %-*s  %s\n", i + 1, RULE_WIDTH, rules[i].name,
			verdict_name(rules[i].verdict));
}
