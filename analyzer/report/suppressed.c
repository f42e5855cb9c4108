/* SPDX-License-Identifier: MIT */
#include "analyzer/report/suppressed.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/gate/wildcard.h"
#include "analyzer/report/report_socket.h"

void suppressions_begin(struct report *report, const struct suppressions *suppressions)
{
	size_t i;

	report->suppression_count = suppressions->count;
	report->suppressions =
		allocate_zeroed(suppressions->count + 1, sizeof(*report->suppressions));
	for (i = 0; i < suppressions->count; i++)
		report->suppressions[i].suppression = &suppressions->list[i];
}

static bool frame_matches(const char *wildcard, const struct frame *frame)
{
	return (frame->function && wildcard_matches(wildcard, frame->function)) ||
	       (frame->file && wildcard_matches(wildcard, frame->file)) ||
	       (frame->module && frame->module[0] && wildcard_matches(wildcard, frame->module));
}

/* A frame of the stack called NAME, or of any (NULL). */
static bool stack_matches(const char *wildcard, const struct report_leak *leak, const char *name)
{
	size_t i, j;

	for (i = 0; i < leak->stack_count; i++) {
		const struct report_stack *stack = &leak->stacks[i];

		if (name && strcmp(stack->name, name) != 0)
			continue;
		for (j = 0; j < stack->count; j++)
			if (frame_matches(wildcard, &stack->frames[j]))
				return true;
	}
	return false;
}

/* The site need not be in one of its stacks; of what no recorded call opened there is no frame. */
static bool any_frame_matches(const char *wildcard, const struct report_leak *leak)
{
	if (leak->place && leak->place->executable &&
	    wildcard_matches(wildcard, leak->place->executable))
		return true;
	return (leak->site && frame_matches(wildcard, leak->site)) ||
	       stack_matches(wildcard, leak, NULL);
}

/* One line for a finding keeps it quiet where it is alone, too. */
static bool id_matches(const char *wildcard, const struct report_leak *leak)
{
	size_t i;

	for (i = 0; i < leak->joined_count; i++)
		if (wildcard_matches(wildcard, leak->joined_ids[i]))
			return true;
	return wildcard_matches(wildcard, leak->id);
}

static bool matches(const struct suppression *suppression, const struct report_leak *leak)
{
	const char *wildcard = suppression->wildcard;

	switch (suppression->kind) {
	case SUPPRESS_LEAK:
		return any_frame_matches(wildcard, leak);
	case SUPPRESS_EOF:
		return stack_matches(wildcard, leak, stack_kind_name(STACK_EOF));
	case SUPPRESS_OPENED:
		return stack_matches(wildcard, leak, stack_kind_name(STACK_OPENED));
	case SUPPRESS_CLASS:
		return wildcard_matches(wildcard, leak_class_name(leak->class));
	case SUPPRESS_ID:
		return id_matches(wildcard, leak);
	default:
		return false;
	}
}

/* Does SUPPRESSION ask about single sockets? */
static bool is_about_sockets(const struct suppression *suppression)
{
	return suppression->kind == SUPPRESS_PEER || suppression->kind == SUPPRESS_LABEL;
}

static bool socket_matches(const struct suppression *suppression,
			   const struct report_socket *socket)
{
	const char *text = socket->opened_label ? socket->opened_label : socket->ended_label;
	char peer[ADDRESS_TEXT_SIZE];

	if (suppression->kind == SUPPRESS_PEER) {
		report_print_address(peer, sizeof(peer), &socket->peer);
		text = peer;
	}
	return text && text[0] && wildcard_matches(suppression->wildcard, text);
}

char *suppressions_by_code(const struct suppressions *suppressions, const struct report_leak *leak)
{
	char *text = allocate_zeroed(suppressions->count + 1, 1);
	size_t i;

	for (i = 0; i < suppressions->count; i++) {
		const struct suppression *suppression = &suppressions->list[i];

		text[i] =
			suppression->kind != SUPPRESS_ID && matches(suppression, leak) ? '1' : '0';
	}
	return text;
}

/* How many sockets of LEAK SUPPRESSION matches; they are marked in SINGLE. */
static uint64_t mark_sockets(const struct suppression *suppression, const struct report_leak *leak,
			     bool *single)
{
	uint64_t count = 0;
	size_t i;

	for (i = 0; i < leak->socket_count; i++) {
		if (!socket_matches(suppression, &leak->sockets[i]))
			continue;
		single[i] = true;
		count++;
	}
	return count;
}

static uint64_t sockets_that_match(const struct suppression *suppression,
				   const struct report_leak *leak, bool *single)
{
	if (is_about_sockets(suppression))
		return mark_sockets(suppression, leak, single);
	return matches(suppression, leak) ? leak->count : 0;
}

void suppress_finding(struct report *report, struct report_leak *leak)
{
	bool *single = allocate_zeroed(leak->socket_count + 1, sizeof(*single));
	uint64_t all = 0, count;
	size_t i;

	for (i = 0; i < report->suppression_count; i++) {
		struct report_suppression *hit = &report->suppressions[i];

		count = sockets_that_match(hit->suppression, leak, single);
		if (!count)
			continue;
		hit->findings++;
		hit->sockets += count;
		if (!leak->suppressed_by)
			leak->suppressed_by = hit->suppression;
		if (!is_about_sockets(hit->suppression))
			all = leak->count;
	}
	leak->suppressed = all;
	for (i = 0; !all && i < leak->socket_count; i++)
		leak->suppressed += single[i];
	free(single);
}

void suppression_offer(struct report_leak *leak)
{
	if (leak->verdict == VERDICT_NOTE || leak->standing == STANDING_SUPPRESSED)
		return;
	sentences_add(&leak->to_suppress, allocate_printed("# %s: %s", leak->kind, leak->where));
	sentences_add(&leak->to_suppress, allocate_printed("id:%s", leak->id));
}
