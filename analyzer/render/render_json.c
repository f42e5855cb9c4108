/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/json_stream.h"
#include "analyzer/render/render_baseline.h"
#include "analyzer/report/report_socket.h"
#include "analyzer/report/socket_words.h"
#include "analyzer/report/tuning_advice.h"

#define REPORT_SCHEMA "finleak-report/1"

/* NULL becomes null. */
static void text(struct json_stream *object, const char *key, const char *value)
{
	if (value)
		json_stream_text(object, key, value);
	else
		json_stream_null(object, key);
}

static void text_or_null(struct json_stream *object, const char *key, const char *value)
{
	text(object, key, value && value[0] ? value : NULL);
}

static void write_address(struct json_stream *object, const char *key,
			  const struct recorded_address *address)
{
	char text[ADDRESS_TEXT_SIZE];

	report_print_address(text, sizeof(text), address);
	text_or_null(object, key, text);
}

static void count_or_null(struct json_stream *object, const char *key, uint64_t count, bool known)
{
	if (known)
		json_stream_count(object, key, count);
	else
		json_stream_null(object, key);
}

/* Milliseconds, to the microsecond, or a rate; negative: null. */
static void ms(struct json_stream *object, const char *key, double value)
{
	if (value < 0)
		json_stream_null(object, key);
	else
		json_stream_decimal(object, key, value);
}

static void fd_or_null(struct json_stream *object, const char *key, int fd)
{
	count_or_null(object, key, (uint64_t)fd, fd >= 0);
}

static void texts(struct json_stream *object, const char *key, char *const *list, size_t count)
{
	struct json_stream array = json_stream_begin_inside(object, key, '[');
	size_t i;

	for (i = 0; i < count; i++)
		text(&array, NULL, list[i]);
	json_stream_end(&array);
}

static void write_frame(struct json_stream *outer, const char *key, const struct frame *frame)
{
	struct json_stream object;

	if (!frame) {
		json_stream_null(outer, key);
		return;
	}
	object = json_stream_begin_inside(outer, key, '{');
	text(&object, "function", frame->function);
	text(&object, "file", frame->file);
	count_or_null(&object, "line", frame->line, frame->line);
	json_stream_bool(&object, "inlined", frame->inlined);
	text_or_null(&object, "module", frame->module);
	text_or_null(&object, "build_id", frame->build_id);
	json_stream_count(&object, "offset", frame->offset);
	json_stream_end(&object);
}

static void write_stack(struct json_stream *outer, const char *key,
			const struct report_stack *stack)
{
	struct json_stream frames = json_stream_begin_inside(outer, key, '[');
	size_t i;

	for (i = 0; i < stack->count; i++)
		write_frame(&frames, NULL, &stack->frames[i]);
	json_stream_end(&frames);
}

static void write_stacks(struct json_stream *outer, const struct report_leak *leak)
{
	struct json_stream object = json_stream_begin_inside(outer, "stacks", '{');
	size_t i;

	for (i = 0; i < leak->stack_count; i++)
		write_stack(&object, leak->stacks[i].name, &leak->stacks[i]);
	json_stream_end(&object);
}

static void write_because(struct json_stream *outer, const struct report_leak *leak)
{
	struct json_stream object = json_stream_begin_inside(outer, "because", '{');

	text(&object, "rule", leak->rule);
	texts(&object, "facts", leak->facts, leak->fact_count);
	json_stream_end(&object);
}

static void write_siblings(struct json_stream *outer, const struct report_leak *leak)
{
	struct json_stream object = json_stream_begin_inside(outer, "siblings", '{'), closed_at;
	size_t i;

	json_stream_count(&object, "eof_here", leak->siblings);
	json_stream_count(&object, "closed_here", leak->siblings_closed);
	closed_at = json_stream_begin_inside(&object, "closed_at", '[');
	for (i = 0; i < leak->closing_count; i++) {
		struct json_stream closing = json_stream_begin_inside(&closed_at, NULL, '{');

		write_frame(&closing, "site", leak->closings[i].site);
		json_stream_count(&closing, "count", leak->closings[i].count);
		ms(&closing, "median_held_ms", leak->closings[i].median_held_ms);
		json_stream_end(&closing);
	}
	json_stream_end(&closed_at);
	json_stream_end(&object);
}

static void write_holders(struct json_stream *outer, const struct report_socket *socket)
{
	struct json_stream holders = json_stream_begin_inside(outer, "holders", '[');
	size_t i;

	for (i = 0; i < socket->holder_count; i++) {
		struct json_stream holder = json_stream_begin_inside(&holders, NULL, '{');

		json_stream_integer(&holder, "pid", socket->holders[i].pid);
		fd_or_null(&holder, "fd", socket->holders[i].fd);
		if (socket->holders[i].command)
			text(&holder, "command", socket->holders[i].command);
		json_stream_end(&holder);
	}
	json_stream_end(&holders);
}

static void write_interests(struct json_stream *outer, const struct report_socket *socket)
{
	struct json_stream interests = json_stream_begin_inside(outer, "epoll", '[');
	size_t i;

	for (i = 0; i < socket->interest_count; i++) {
		struct json_stream interest = json_stream_begin_inside(&interests, NULL, '{');

		json_stream_integer(&interest, "pid", socket->interests[i].pid);
		fd_or_null(&interest, "fd", socket->interests[i].epoll);
		text(&interest, "events", socket->interests[i].events);
		json_stream_end(&interest);
	}
	json_stream_end(&interests);
}

static void write_socket(struct json_stream *outer, const struct report_socket *socket,
			 bool observed)
{
	struct json_stream object = json_stream_begin_inside(outer, NULL, '{');
	char opened_at[SOCKET_TIME_SIZE];

	socket_time(opened_at, socket->opened_at_ns);
	json_stream_integer(&object, "pid", socket->pid);
	fd_or_null(&object, "fd", socket->fd);
	count_or_null(&object, "cookie", socket->cookie, socket->cookie);
	write_address(&object, "local", &socket->local);
	write_address(&object, "peer", &socket->peer);
	text(&object, "tcp_state",
	     socket->tcp_state >= 0 ? report_state_name(socket->tcp_state) : NULL);
	count_or_null(&object, "receive_queue", (uint64_t)socket->receive_queue,
		      socket->receive_queue >= 0);
	if (socket->thread)
		json_stream_integer(&object, "thread", socket->thread);
	else
		json_stream_null(&object, "thread");
	text_or_null(&object, "opened_label", socket->opened_label);
	text_or_null(&object, "ended_label", socket->ended_label);
	text_or_null(&object, "opened_at", opened_at);
	ms(&object, "opened_ms", socket->opened_ms);
	ms(&object, "touched_ms", socket->touched_ms);
	ms(&object, "eof_ms", socket->eof_ms);
	count_or_null(&object, "eof_reads", socket->eof_reads, !observed);
	ms(&object, "held_ms", socket->held_ms);
	write_holders(&object, socket);
	write_interests(&object, socket);
	json_stream_end(&object);
}

static void write_labels(struct json_stream *outer, const struct report_leak *leak)
{
	struct json_stream labels = json_stream_begin_inside(outer, "labels", '['), object;
	size_t i;

	for (i = 0; i < leak->label_count; i++) {
		object = json_stream_begin_inside(&labels, NULL, '{');
		text(&object, "label", leak->labels[i].label);
		json_stream_count(&object, "count", leak->labels[i].count);
		json_stream_end(&object);
	}
	json_stream_end(&labels);
}

static void write_listener(struct json_stream *outer, const struct report_listener *listener)
{
	struct json_stream object = json_stream_begin_inside(outer, "listener", '{');

	text(&object, "local", listener->address);
	json_stream_integer(&object, "pid", listener->holder.pid);
	fd_or_null(&object, "fd", listener->holder.fd);
	json_stream_count(&object, "queued", listener->queued);
	json_stream_count(&object, "queue_maximum", listener->queue_maximum);
	ms(&object, "last_accept_ms", listener->last_accept_ms);
	text_or_null(&object, "accepting_thread", listener->thread);
	json_stream_end(&object);
}

static void write_leak(struct json_stream *leaks, const struct report_leak *leak, bool observed)
{
	struct json_stream object = json_stream_begin_inside(leaks, NULL, '{'), sockets;
	size_t i;

	text(&object, "id", leak->id);
	render_joined_ids(&object, leak);
	text(&object, "class", leak_class_name(leak->class));
	text(&object, "reason", leak_reason_name(leak->reason));
	text(&object, "verdict", verdict_name(leak->verdict));
	json_stream_count(&object, "count", leak->count);
	text(&object, "standing", standing_name(leak->standing));
	json_stream_count(&object, "suppressed", leak->suppressed);
	json_stream_count(&object, "baselined", leak->baselined);
	text(&object, "suppressed_by", leak->suppressed_by ? leak->suppressed_by->text : NULL);
	texts(&object, "to_suppress", leak->to_suppress.list, leak->to_suppress.count);
	text(&object, "where", leak->where);
	write_frame(&object, "site", leak->site);
	text(&object, "site_stack", leak->site_stack);
	if (leak->registered_at)
		write_frame(&object, "registered_at", leak->registered_at);
	write_stacks(&object, leak);
	write_because(&object, leak);
	write_siblings(&object, leak);
	text(&object, "headline", leak->headline);
	texts(&object, "details", leak->lines.list, leak->lines.count);
	text(&object, "fix", leak->fix);
	write_labels(&object, leak);
	sockets = json_stream_begin_inside(&object, "sockets", '[');
	for (i = 0; i < leak->socket_count; i++)
		write_socket(&sockets, &leak->sockets[i], observed);
	json_stream_end(&sockets);
	if (leak->class == CLASS_NEVER_ACCEPTED && leak->listener)
		write_listener(&object, leak->listener);
	json_stream_end(&object);
}

static void write_tuning(struct json_stream *outer, const struct report_process *process)
{
	struct json_stream tuning = json_stream_begin_inside(outer, "tuning", '[');
	size_t i;

	for (i = 0; i < process->tuning.count; i++)
		text(&tuning, NULL, process->tuning.list[i]);
	if (process->close_wait_leaked)
		text(&tuning, NULL, TUNING_OF_CLOSE_WAIT);
	json_stream_end(&tuning);
}

/* Where the census is from, which part no descriptor refers to, and what sysctls have to do with
 * it.
 */
static void write_census(struct json_stream *object, const struct report_process *process)
{
	struct json_stream unowned;
	int state;

	ms(object, "census_ms", process->census_ms);
	unowned = json_stream_begin_inside(object, "unowned_sockets", '{');
	for (state = 0; state < REPORT_STATES; state++)
		if (process->unowned[state])
			json_stream_count(&unowned, report_state_name(state),
					  process->unowned[state]);
	json_stream_end(&unowned);
	count_or_null(object, "time_wait_unattributed", (uint64_t)process->time_wait_unattributed,
		      process->time_wait_unattributed >= 0);
	write_tuning(object, process);
}

static void write_budget(struct json_stream *object, const struct report_process *process)
{
	count_or_null(object, "descriptors", process->descriptors, process->descriptors);
	json_stream_count(object, "leaked", process->leaked);
	ms(object, "leaks_per_minute", process->leaks_per_minute);
	ms(object, "exhausted_in_ms", process->exhausted_in_ms);
}

static void write_threads(struct json_stream *outer, const struct report_process *process)
{
	struct json_stream list = json_stream_begin_inside(outer, "threads", '['), object, numbers;
	size_t i, j;

	for (i = 0; i < process->thread_groups; i++) {
		const struct report_threads *threads = &process->threads[i];

		object = json_stream_begin_inside(&list, NULL, '{');
		numbers = json_stream_begin_inside(
			&object, threads->are_goroutines ? "goroutines" : "threads", '[');
		for (j = 0; j < threads->count; j++)
			json_stream_integer(&numbers, NULL, threads->list[j]);
		json_stream_end(&numbers);
		text_or_null(&object, "name", threads->name);
		text(&object, "doing", threads->doing);
		fd_or_null(&object, "fd", threads->descriptor);
		json_stream_count(&object, "watches", threads->watched);
		text(&object, "waits_for", threads->waits_for);
		count_or_null(&object, "lock_holder", (uint64_t)threads->lock_holder,
			      threads->lock_holder);
		write_stack(&object, "stack", &threads->stack);
		json_stream_end(&object);
	}
	json_stream_end(&list);
}

static void write_process(struct json_stream *list, const struct report_process *process,
			  bool observed)
{
	struct json_stream object = json_stream_begin_inside(list, NULL, '{'), states;
	int state;

	json_stream_integer(&object, "pid", process->pid);
	json_stream_integer(&object, "parent_pid", process->parent_pid);
	text_or_null(&object, "executable", process->executable);
	text_or_null(&object, "command", process->command);
	text(&object, "state", process->state);
	ms(&object, "duration_ms", process->duration_ms);
	count_or_null(&object, "opened", process->opened, !observed);
	count_or_null(&object, "eof", process->eof, !observed);
	count_or_null(&object, "closed", process->closed, !observed);
	json_stream_count(&object, "open_at_end", process->open_at_end);
	json_stream_count(&object, "descriptor_limit", process->descriptor_limit);
	states = json_stream_begin_inside(&object, "tcp_states", '{');
	for (state = 0; state < REPORT_STATES; state++)
		json_stream_count(&states, report_state_name(state), process->tcp_states[state]);
	json_stream_end(&states);
	texts(&object, "blind_spots", process->blind_spots.list, process->blind_spots.count);
	write_census(&object, process);
	write_budget(&object, process);
	if (process->thread_groups)
		write_threads(&object, process);
	json_stream_end(&object);
}

static void write_summary(struct json_stream *document, const struct report *report)
{
	struct json_stream object = json_stream_begin_inside(document, "summary", '{'), by_class;
	unsigned int i;

	json_stream_count(&object, "leaked_sockets", report->leaked_sockets);
	json_stream_count(&object, "leak_sites", report->leak_sites);
	json_stream_count(&object, "processes", report->process_count);
	by_class = json_stream_begin_inside(&object, "by_class", '{');
	for (i = 0; i < CLASS_COUNT; i++)
		if (report->by_class[i])
			json_stream_count(&by_class, leak_class_name(i), report->by_class[i]);
	json_stream_end(&by_class);
	json_stream_count(&object, "suppressed", report->suppressed);
	json_stream_count(&object, "baselined", report->baselined);
	json_stream_count(&object, "lost", report->lost);
	text(&object, "headline", report->headline);
	json_stream_end(&object);
}

static void write_suppressions(struct json_stream *document, const struct report *report)
{
	struct json_stream list = json_stream_begin_inside(document, "suppressions", '[');
	size_t i;

	for (i = 0; i < report->suppression_count; i++) {
		const struct report_suppression *hit = &report->suppressions[i];
		struct json_stream object = json_stream_begin_inside(&list, NULL, '{');

		text(&object, "suppression", hit->suppression->text);
		text(&object, "file", hit->suppression->file);
		json_stream_count(&object, "line", hit->suppression->line);
		json_stream_count(&object, "findings", hit->findings);
		json_stream_count(&object, "sockets", hit->sockets);
		json_stream_end(&object);
	}
	json_stream_end(&list);
}

static void write_fixed(struct json_stream *document, const struct report *report)
{
	struct json_stream list = json_stream_begin_inside(document, "fixed", '[');
	size_t i;

	for (i = 0; i < report->fixed_count; i++) {
		struct json_stream object = json_stream_begin_inside(&list, NULL, '{');

		text(&object, "id", report->fixed[i]->id);
		text(&object, "name", report->fixed[i]->name);
		json_stream_count(&object, "count", report->fixed[i]->count);
		json_stream_end(&object);
	}
	json_stream_end(&list);
}

static void write_document(const struct report *report, FILE *out, bool in_markup)
{
	struct json_buffer *buffer = allocate_zeroed(1, sizeof(*buffer));
	struct json_stream document, list;
	size_t i;

	buffer->out = out;
	buffer->in_markup = in_markup;
	document = json_stream_begin(buffer, '{');
	text(&document, "schema", REPORT_SCHEMA);
	text(&document, "version", FINLEAK_VERSION);
	write_summary(&document, report);
	list = json_stream_begin_inside(&document, "processes", '[');
	for (i = 0; i < report->process_count; i++)
		write_process(&list, &report->processes[i], report->observed);
	json_stream_end(&list);
	list = json_stream_begin_inside(&document, "leaks", '[');
	for (i = 0; i < report->leak_count; i++)
		write_leak(&list, &report->leaks[i], report->observed);
	/* What the baseline knows is there, so that a report can be the next baseline. */
	for (; i < report->leak_count + report->quiet_count; i++)
		if (report->leaks[i].standing == STANDING_KNOWN)
			write_leak(&list, &report->leaks[i], report->observed);
	json_stream_end(&list);
	write_suppressions(&document, report);
	write_fixed(&document, report);
	json_stream_end(&document);
	fputc('\n', out);
	free(buffer);
}

void render_json(const struct report *report, FILE *out, bool color)
{
	(void)color;
	write_document(report, out, false);
}

void render_json_in_markup(const struct report *report, FILE *out)
{
	write_document(report, out, true);
}
