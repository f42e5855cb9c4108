/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/judge.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/rules/closes.h"
#include "analyzer/rules/conditions.h"
#include "analyzer/rules/evidence_of.h"
#include "analyzer/rules/rule_match.h"
#include "analyzer/rules/sends_after_end.h"
#include "analyzer/rules/stack_sets.h"
#include "analyzer/rules/total_left.h"
#include "analyzer/rules/unread_sites.h"

/* The kernel counts in ticks: of a socket that is younger than SINCE any end came after it. */
static bool is_since(const struct leak *leak, uint64_t since_ns)
{
	if (leak->decided_ns >= since_ns)
		return true;
	if (leak->departing)
		return leak->departing->departure->opened_ns >= since_ns;
	return leak->history && leak->class != CLASS_NEVER_ACCEPTED &&
	       leak->history->row->opened_ns >= since_ns;
}

/* Of what was closed and counted no times are known. */
static bool is_asked_for(const struct leak *leak, const struct judge_options *options)
{
	uint32_t classes = 1u << leak->class | 1u << class_if_older(leak->class, leak->deciding);

	if (options->classes && !(options->classes & classes))
		return false;
	if (options->pid && leak->process->recording->header.pid != options->pid)
		return false;
	return !options->since_ns || (!leak->total && is_since(leak, options->since_ns));
}

static void add_leak(struct leaks *leaks, const struct leak *leak)
{
	*(struct leak *)allocate_next(&leaks->list, leaks->count, sizeof(*leak)) = *leak;
	leaks->count++;
}

/* Whose row shows where the socket was opened; inherited rows carry their parent's stacks. */
static struct stack_ref opened_stack_of(const struct socket_life *life, const struct holding *first)
{
	size_t i;

	if (first && first->row->opened_stack)
		return (struct stack_ref){ first->process->recording, first->row->opened_stack };
	for (i = 0; i < life->holding_count; i++)
		if (life->holdings[i].row->opened_stack)
			return (struct stack_ref){ life->holdings[i].process->recording,
						   life->holdings[i].row->opened_stack };
	for (i = 0; i < life->departure_count; i++)
		if (life->departures[i].departure->opened_stack)
			return (struct stack_ref){ life->departures[i].process->recording,
						   life->departures[i].departure->opened_stack };
	return (struct stack_ref){ NULL, 0 };
}

/* A stack that was not recorded leaves the opened one to decide. */
static void settle_stacks(struct leak *leak, struct stack_ref *stacks)
{
	if (!leak->life)
		return;
	if (!stacks[STACK_OPENED].id)
		stacks[STACK_OPENED] = opened_stack_of(leak->life, leak->history);
	if (leak->deciding == STACK_REREAD && !stacks[STACK_REREAD].recording)
		leak->deciding = STACK_EOF;
	if (!stacks[leak->deciding].recording)
		leak->deciding = STACK_OPENED;
}

static void take_stack(struct stack_ref *taken, const struct stack_ref *stack)
{
	if (stack->recording)
		*taken = *stack;
}

/* Where another one was finished with it, its stacks show what happened, not the holder's. */
static void take_stacks(struct leak *leak, const struct evidence *evidence, struct stack_sets *sets)
{
	struct stack_ref stacks[STACK_KINDS] = { { NULL, 0 } };

	if (leak->rule->since != SINCE_OTHER)
		memcpy(stacks, evidence->stacks, sizeof(stacks));
	if (leak->class == CLASS_HELD_ELSEWHERE) {
		take_stack(&stacks[STACK_EOF], &evidence->other.eof);
		take_stack(&stacks[STACK_CLOSED], &evidence->other.closed);
		take_stack(&stacks[STACK_FORKED], &evidence->other.forked);
		take_stack(&stacks[STACK_EXECED], &evidence->other.execed);
	}
	settle_stacks(leak, stacks);
	leak->stacks = stack_sets_intern(sets, stacks);
}

static void take_holder(struct leak *leak, const struct evidence *evidence)
{
	leak->holder = leak->history = evidence->holding;
	if (evidence->successor)
		leak->holder = evidence->successor;
	if (leak->rule->since == SINCE_OTHER) {
		leak->finisher = evidence->other.process;
		leak->finisher_read = evidence->other.read_eof;
	}
	if (leak->rule->since == SINCE_OTHER && evidence->other.holding)
		leak->history = evidence->other.holding;
	if (evidence->backlog.waits)
		leak->holder = leak->history = evidence->backlog.holding;
	if (leak->rule->since != SINCE_OTHER)
		leak->sighting = evidence->sighting;
	leak->departing = evidence->departing;
}

/* How many sockets of a total RULE means. */
static uint64_t total_count(const struct evidence *evidence, const struct rule *rule,
			    const struct judge_options *options)
{
	if (evidence->young)
		return total_left_brief(evidence, options);
	if (rule->reason == REASON_SPINNING)
		return 1;
	return rule->class == CLASS_LATE_CLOSE ? total_left_late(evidence, options)
					       : total_left_long(evidence, options);
}

/* What is sent on a new connection goes out at once; on one that a pool kept, later. */
#define USED_AGAIN_NS (100 * NS_PER_MS)

static bool was_used_again(const struct evidence *evidence)
{
	return evidence->opened_here && evidence->holding &&
	       evidence->last_sent_ns > evidence->holding->row->opened_ns + USED_AGAIN_NS;
}

/* Why nobody has read the end, which a close at exit has as well: the first that holds. */
static enum leak_reason unread_reason_of(const struct evidence *evidence,
					 const struct judge_options *options)
{
	static const struct {
		const struct condition *when;
		enum leak_reason reason;
	} ways[] = {
		{ &when_not_polled_since, REASON_NOT_POLLED_SINCE },
		{ &when_data_unread, REASON_DATA_UNREAD },
		{ &when_unwatched, REASON_NOT_POLLED },
		{ &when_paused, REASON_READING_PAUSED },
		{ &when_reported, REASON_HANGUP_IGNORED },
	};
	size_t i;

	for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		if (ways[i].when->holds(evidence, options))
			return ways[i].reason;
	return REASON_NONE;
}

/* From when its age counts. An answer that put off the end does not change when EOF was read. */
static uint64_t decided_ns(const struct rule *rule, const struct evidence *evidence)
{
	uint64_t eof_ns = 0;

	if (evidence->holding)
		eof_ns = evidence->holding->row->eof_ns;
	else if (evidence->departing)
		eof_ns = evidence->departing->departure->eof_ns;
	if (rule->since != SINCE_DECIDED || evidence->decision.kind != DECIDED_EOF || !eof_ns)
		return rule_since_ns(rule, evidence);
	return eof_ns > evidence->held_since_ns ? eof_ns : evidence->held_since_ns;
}

static struct leak leak_of(const struct rule *rule, const struct evidence *evidence,
			   const struct judge_options *options, struct stack_sets *sets)
{
	struct leak leak = {
		.rule = rule,
		.class = rule->class,
		.reason = rule->reason,
		.verdict = rule->verdict,
		.deciding = rule_deciding(rule, evidence),
		.life = evidence->life,
		.read_unseen = rule->class == CLASS_EOF_UNCLOSED && rule->since == SINCE_STUCK,
		.pooled = was_used_again(evidence),
		.decided_ns = decided_ns(rule, evidence),
		.until_ns = evidence->until_ns,
		.process = evidence->process,
		.total = evidence->total,
		.count = 1,
	};

	if (evidence->total)
		leak.count = total_count(evidence, rule, options);
	if (rule->reason == REASON_HALF_CLOSED && rule->since == SINCE_DECIDED)
		leak.sent_ns = sent_after_end_ns(evidence, options);
	if (rule->class == CLASS_FIN_UNREAD && rule->reason == REASON_CLOSED_AT_EXIT)
		leak.unread_reason = unread_reason_of(evidence, options);
	take_holder(&leak, evidence);
	take_stacks(&leak, evidence, sets);
	return leak;
}

/*
 * The rule for LIFE, and the one of EVIDENCES that it matched. SIBLINGS_UNREAD: others that were
 * opened at the same place have their FIN unread.
 */
static const struct rule *rule_for(const struct socket_life *life,
				   const struct evidence_sources *sources, bool siblings_unread,
				   struct evidences *evidences, const struct evidence **matched)
{
	size_t i;

	evidences_of_life(evidences, life, sources);
	for (i = 0; i < evidences->count; i++)
		evidences->list[i].siblings_unread = siblings_unread;
	return rules_first(evidences->list, evidences->count, sources->options, matched);
}

/* Judges LIFE into LEAK; false where no rule matches. */
static bool judge_life(const struct socket_life *life, const struct evidence_sources *sources,
		       bool siblings_unread, struct evidences *evidences, struct stack_sets *sets,
		       struct leak *leak)
{
	const struct evidence *matched;
	const struct rule *rule = rule_for(life, sources, siblings_unread, evidences, &matched);

	if (rule)
		*leak = leak_of(rule, matched, sources->options, sets);
	return rule;
}

/* Of those whose read was not recorded, siblings say whether there was one at all. */
static void judge_unseen_reads(struct leaks *leaks, const struct evidence_sources *sources,
			       struct evidences *evidences)
{
	struct unread_sites *sites = unread_sites_of(leaks);
	size_t i;

	for (i = 0; sites && i < leaks->count; i++) {
		struct leak *leak = &leaks->list[i];

		if (!leak->read_unseen || leak->verdict != VERDICT_LEAK ||
		    !unread_sites_have(sites, &leak->stacks[STACK_OPENED]))
			continue;
		judge_life(leak->life, sources, true, evidences, leaks->stack_sets, leak);
		leak->siblings_unread = true;
	}
	unread_sites_free(sites);
}

uint64_t judge_total_at_exit(const struct leaks *leaks, const struct process *process,
			     const struct recorded_total *total,
			     const struct judge_options *options)
{
	struct evidence evidence = evidence_of_total(process, total, leaks->closes);
	const struct evidence *matched;
	uint64_t at_exit = closes_of(leaks->closes, process->recording, total).at_exit;
	unsigned int young;

	for (young = 0; young < 2; young++) {
		const struct rule *rule;

		evidence.young = young;
		rule = rules_first(&evidence, 1, options, &matched);
		if (rule && rule->reason == REASON_CLOSED_AT_EXIT)
			at_exit += total_count(&evidence, rule, options);
	}
	return at_exit < total->count ? at_exit : total->count;
}

static void judge_total(const struct evidence *evidence, const struct judge_options *options,
			struct leaks *leaks)
{
	const struct evidence *matched;
	const struct rule *rule = rules_first(evidence, 1, options, &matched);
	struct leak leak;

	if (!rule)
		return;
	leak = leak_of(rule, matched, options, leaks->stack_sets);
	if (is_asked_for(&leak, options))
		add_leak(leaks, &leak);
}

static void judge_totals(const struct process *process, const struct judge_options *options,
			 struct leaks *leaks)
{
	const struct recording *recording = process->recording;
	size_t i;

	for (i = 0; i < recording->total_count; i++) {
		struct evidence evidence =
			evidence_of_total(process, &recording->totals[i], leaks->closes);

		judge_total(&evidence, options, leaks);
		evidence.young = true;
		judge_total(&evidence, options, leaks);
	}
}

struct leaks *judge_all(const struct recordings *recordings, const struct sockets *sockets,
			const struct judge_options *options)
{
	struct leaks *leaks = allocate_zeroed(1, sizeof(*leaks));
	struct ending *endings = allocate_zeroed(recordings->count, sizeof(*endings));
	const struct evidence_sources sources = { recordings, endings, options };
	struct evidences evidences = { 0 };
	size_t i;

	leaks->stack_sets = stack_sets_new();
	for (i = 0; i < recordings->count; i++)
		ending_find(&endings[i], &recordings->list[i]);
	for (i = 0; i < sockets->count; i++) {
		struct leak leak;

		if (judge_life(sockets->lives[i], &sources, false, &evidences, leaks->stack_sets,
			       &leak) &&
		    is_asked_for(&leak, options))
			add_leak(leaks, &leak);
	}
	judge_unseen_reads(leaks, &sources, &evidences);
	leaks->closes = closes_count(recordings, leaks, options);
	leaks->recordings = recordings;
	leaks->endings = endings;
	evidences_clear(&evidences);
	for (i = 0; i < recordings->count; i++)
		judge_totals(&recordings->list[i], options, leaks);
	return leaks;
}

char **judge_facts(const struct leaks *leaks, const struct leak *leak,
		   const struct judge_options *options, size_t *count)
{
	const struct evidence_sources sources = { leaks->recordings, leaks->endings, options };
	struct evidences evidences = { 0 };
	const struct evidence *matched = NULL;
	struct evidence of_total;
	char **facts = NULL;

	*count = 0;
	if (leak->total) {
		of_total = evidence_of_total(leak->process, leak->total, leaks->closes);
		of_total.young = leak->class == CLASS_EXIT_UNCLOSED;
		return rule_facts(leak->rule, &of_total, options, count);
	}
	if (rule_for(leak->life, &sources, leak->siblings_unread, &evidences, &matched) ==
	    leak->rule)
		facts = rule_facts(leak->rule, matched, options, count);
	evidences_clear(&evidences);
	return facts;
}

void leaks_free(struct leaks *leaks)
{
	size_t i;

	if (!leaks)
		return;
	for (i = 0; i < leaks->recordings->count; i++)
		ending_clear(&leaks->endings[i]);
	free(leaks->endings);
	stack_sets_free(leaks->stack_sets);
	closes_free(leaks->closes);
	free(leaks->list);
	free(leaks);
}
