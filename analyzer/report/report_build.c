/* SPDX-License-Identifier: MIT */
#include "analyzer/report/missing_symbols.h"
#include "analyzer/report/report_build.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/call_sites/call_site_ids.h"
#include "analyzer/call_sites/call_site_twins.h"
#include "analyzer/symbolize/deep_stack.h"
#include "analyzer/report/alike_findings.h"
#include "analyzer/report/debug_packages.h"
#include "analyzer/report/descriptor_budget.h"
#include "analyzer/report/headline.h"
#include "analyzer/kernel_view/kernel_view.h"
#include "analyzer/report/report_finding.h"
#include "analyzer/report/report_process.h"
#include "analyzer/report/report_sections.h"
#include "analyzer/report/source_root.h"
#include "analyzer/report/report_unnamed.h"
#include "analyzer/report/report_unrecorded.h"
#include "analyzer/report/stack_lines.h"
#include "analyzer/report/standings.h"
#include "analyzer/call_sites/teardown.h"
#include "analyzer/rules/rules.h"

/* What counts the leaks by a rule, where they are notes that the headline names. */
static const struct {
	const char *rule;
	size_t count; /* its place in struct report */
} unjudged[] = {
	{ RULE_UNLESS_STRICT, offsetof(struct report, strict_would_count) },
	{ RULE_LOOP_BEHIND, offsetof(struct report, behind) },
	{ RULE_RESET_PENDING, offsetof(struct report, reset_pending) },
	{ RULE_ENDED_BEFORE, offsetof(struct report, ended_before) },
	{ RULE_UNREAD_BEFORE, offsetof(struct report, unread_before) },
	{ RULE_SHUT_BEFORE, offsetof(struct report, unread_before) },
	{ RULE_UNSEEN_END, offsetof(struct report, unseen_ends) },
	{ RULE_POOLED, offsetof(struct report, pooled) },
	{ RULE_POOLED_UNTIL_EXIT, offsetof(struct report, pooled) },
	{ RULE_POOLED_BY_SAMPLES, offsetof(struct report, pooled) },
};

/* NULL: the headline does not name what RULE finds. */
static uint64_t *count_of_unjudged(struct report *report, const char *rule)
{
	size_t i;

	for (i = 0; i < sizeof(unjudged) / sizeof(unjudged[0]); i++)
		if (strcmp(rule, unjudged[i].rule) == 0)
			return (uint64_t *)((char *)report + unjudged[i].count);
	return NULL;
}

static void count_unjudged(struct report *report)
{
	const struct rule *rule = NULL;
	uint64_t *count = NULL;
	size_t i;

	for (i = 0; i < report->judged->count; i++) {
		/* Mostly it is that of the one before. */
		if (report->judged->list[i].rule != rule) {
			rule = report->judged->list[i].rule;
			count = count_of_unjudged(report, rule->name);
		}
		if (count)
			++*count;
	}
	report->not_judged += report->unseen_ends;
}

static void add_to_symbolizer(struct symbolizer *symbolizer, const struct recording *recording)
{
	if (recording->is_stand_in)
		return;
	symbolizer_add_user(symbolizer, recording->user);
	symbolizer_add_command(symbolizer, recording->header.command);
}

static struct report *build(struct recordings *recordings, const struct report_options *options)
{
	struct report *report = allocate_zeroed(1, sizeof(*report));
	struct report_options full = *options;
	struct judge_options *judge = &full.judge;
	struct call_site *site;
	struct code_naming naming;
	struct teardown teardown;
	size_t i;

	report->recordings = recordings;
	report->all = options->all;
	report->explain = options->explain;
	report->each_socket = options->each_socket;
	report->top = options->top;
	report->packages = debug_packages_new(options->symbols.sysroot);
	report->unreadable = recordings->unreadable;
	report->sockets = sockets_join(recordings);
	report->opened = report->sockets->opened;
	report->backtraces = backtraces_new();
	if (!options->symbolizer)
		report->own_symbolizer = symbolizer_new(&options->symbols);
	report->symbolizer = options->symbolizer ? options->symbolizer : report->own_symbolizer;
	for (i = 0; i < recordings->count; i++)
		add_to_symbolizer(report->symbolizer, recordings->list[i].recording);
	teardown = (struct teardown){ report->backtraces, report->symbolizer };
	judge->closed_at_exit = teardown_closed;
	judge->close_context = &teardown;
	report->judged = judge_all(recordings, report->sockets, judge);
	naming = (struct code_naming){ report->backtraces, report->symbolizer, &options->own };
	report->call_sites =
		call_sites_group(recordings, report->sockets, report->judged, judge, &naming);
	call_sites_join_twins(report->call_sites, report->symbolizer, &options->own);
	call_sites_join_handlers(report->call_sites, report->symbolizer, &options->own);
	call_sites_identify(report->call_sites, report->symbolizer);
	for (i = 0; i < recordings->count; i++) {
		struct report_process *process =
			allocate_next(&report->processes, report->process_count, sizeof(*process));

		report->process_count++;
		report_process_fill(process, &recordings->list[i], recordings);
		report->lost += process->lost;
		report->not_judged += process->not_judged;
		report->eof += process->eof;
		report->unattributed += process->unattributed;
	}
	report_add_unrecorded(report);
	count_unjudged(report);
	report->source_root = source_root_find();
	report->made_at_ns = (int64_t)clock_ns(CLOCK_REALTIME);
	report->min_held_ms = ns_to_ms(options->judge.min_held_ns);
	report->idle_ms = ns_to_ms(options->judge.idle_ns);
	report->late_ms = ns_to_ms(options->judge.late_ns);
	report->classes = options->judge.classes;
	for (site = report->call_sites->sites; site; site = site->hh.next) {
		if (standings_need(options, site->key.verdict))
			report_add_finding(report, site, &full);
		else
			report_count(report, site->key.class, site->key.verdict, site->count);
	}
	if (!options->full_stacks)
		report_join_alike(report, &full);
	standings_decide(report, options);
	/* In their order: where symbols come from is stated once. */
	for (i = 0; i < report->leak_count + report->quiet_count; i++) {
		missing_symbols_add(report, &report->leaks[i], &options->own);
		stack_lines_fill(&report->leaks[i], options->full_stacks, report->packages);
	}
	report_add_unnamed(report, recordings);
	descriptor_budgets_fill(report);
	report->warning_count =
		symbolizer_warnings(report->symbolizer, &report->warnings_of_symbols);
	headline_fill(report);
	report_sections_fill(report);
	return report;
}

struct building {
	struct recordings *recordings;
	const struct report_options *options;
	struct report *report;
};

static void build_on_deep_stack(void *argument)
{
	struct building *building = argument;

	building->report = build(building->recordings, building->options);
}

struct report *report_build(struct recordings *recordings, const struct report_options *options)
{
	struct building building = { recordings, options, NULL };

	deep_stack_call(build_on_deep_stack, &building);
	return building.report;
}

struct stack_owner {
	struct report *report;
	const struct recording *recording;
};

static void name_stack(void *context, uint32_t id)
{
	struct stack_owner *owner = context;
	struct backtrace *backtrace =
		backtraces_intern(owner->report->backtraces, owner->recording, id);

	if (backtrace)
		backtrace_name(backtrace, owner->report->symbolizer);
}

void report_name_all(struct report *report)
{
	struct stack_owner owner = { report, NULL };
	size_t i;

	for (i = 0; i < report->recordings->count; i++) {
		owner.recording = report->recordings->list[i].recording;
		recording_each_stack(owner.recording, name_stack, &owner);
	}
}

/* Not lost to tools that search memory for what nothing refers to. */
static struct report *volatile left;

void report_leave(struct report *report)
{
	left = report;
	symbolizer_free(report->own_symbolizer);
	report->own_symbolizer = NULL;
}

void report_free(struct report *report)
{
	size_t i;

	if (!report)
		return;
	for (i = 0; i < report->leak_count + report->quiet_count; i++)
		report_finding_clear(&report->leaks[i]);
	for (i = 0; i < report->process_count; i++)
		report_process_clear(&report->processes[i]);
	free(report->leaks);
	free(report->suppressions);
	free(report->fixed);
	free(report->processes);
	free(report->headline);
	free(report->source_root);
	free(report->summary);
	sentences_clear(&report->remarks);
	report_sections_clear(report);
	debug_packages_free(report->packages);
	call_sites_free(report->call_sites);
	if (report->backtraces)
		backtraces_free(report->backtraces);
	leaks_free(report->judged);
	sockets_free(report->sockets);
	symbolizer_free(report->own_symbolizer);
	recordings_free(report->recordings);
	if (report->view)
		kernel_view_free(report->view);
	free(report);
}
