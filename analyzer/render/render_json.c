/* SPDX-License-Identifier: MIT */
#include "analyzer/render/render.h"

#include <json-c/json.h>
#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/json_stream.h"
#include "analyzer/report/socket_words.h"
#include "analyzer/report/tuning_advice.h"
#include "analyzer/base/utf8.h"

#define REPORT_SCHEMA "finleak-report/1"

/* json-c passes bytes through: what is no UTF-8 must be replaced before. NULL becomes null. */
static struct json_object *json_text(const char *text)
{
	struct json_object *object;
	char *valid;

	if (!text)
		return NULL;
	valid = utf8_valid_copy(text);
	object = json_object_new_string(valid);
	free(valid);
	return object;
}

static struct json_object *json_text_or_null(const char *text)
{
	return json_text(text && text[0] ? text : NULL);
}

static struct json_object *json_count(uint64_t count)
{
	return json_object_new_uint64(count);
}

/* Milliseconds, to the microsecond, or a rate; negative: null. */
static struct json_object *json_ms(double ms)
{
	struct json_object *object;
	char *spelled;

	if (ms < 0)
		return NULL;
	spelled = allocate_printed("%.3f", ms);
	object = json_object_new_double_s(ms, spelled);
	free(spelled);
	return object;
}

/* Adds a member. All keys are literals, each given once to an object. */
static void set(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add_ex(object, key, value,
				  JSON_C_OBJECT_ADD_KEY_IS_NEW | JSON_C_OBJECT_ADD_CONSTANT_KEY);
}

static struct json_object *json_frame(const struct frame *frame)
{
	struct json_object *object;

	if (!frame)
		return NULL;
	object = json_object_new_object();
	set(object, "function", json_text(frame->function));
	set(object, "file", json_text(frame->file));
	set(object, "line", frame->line ? json_count(frame->line) : NULL);
	set(object, "inlined", json_object_new_boolean(frame->inlined));
	set(object, "module", json_text_or_null(frame->module));
	set(object, "build_id", json_text_or_null(frame->build_id));
	set(object, "offset", json_count(frame->offset));
	return object;
}

static struct json_object *json_stacks(const struct report_leak *leak)
{
	struct json_object *object = json_object_new_object();
	size_t i, j;

	for (i = 0; i < leak->stack_count; i++) {
		struct json_object *frames = json_object_new_array();

		for (j = 0; j < leak->stacks[i].count; j++)
			json_object_array_add(frames, json_frame(&leak->stacks[i].frames[j]));
		set(object, leak->stacks[i].name, frames);
	}
	return object;
}

static struct json_object *json_because(const struct report_leak *leak)
{
	struct json_object *object = json_object_new_object();
	struct json_object *facts = json_object_new_array();
	size_t i;

	for (i = 0; i < leak->fact_count; i++)
		json_object_array_add(facts, json_text(leak->facts[i]));
	set(object, "rule", json_text(leak->rule));
	set(object, "facts", facts);
	return object;
}

static struct json_object *json_sentences(const struct sentences *sentences)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < sentences->count; i++)
		json_object_array_add(array, json_text(sentences->list[i]));
	return array;
}

static struct json_object *json_siblings(const struct report_leak *leak)
{
	struct json_object *object = json_object_new_object();
	struct json_object *closed_at = json_object_new_array();
	size_t i;

	set(object, "eof_here", json_count(leak->siblings));
	set(object, "closed_here", json_count(leak->siblings_closed));
	for (i = 0; i < leak->closing_count; i++) {
		struct json_object *closing = json_object_new_object();

		set(closing, "site", json_frame(leak->closings[i].site));
		set(closing, "count", json_count(leak->closings[i].count));
		set(closing, "median_held_ms", json_ms(leak->closings[i].median_held_ms));
		json_object_array_add(closed_at, closing);
	}
	set(object, "closed_at", closed_at);
	return object;
}

static struct json_object *json_fd(int fd)
{
	return fd >= 0 ? json_object_new_int(fd) : NULL;
}

static struct json_object *json_socket(const struct report_socket *socket, bool observed)
{
	struct json_object *object = json_object_new_object();
	struct json_object *holders = json_object_new_array();
	struct json_object *interests = json_object_new_array();
	char opened_at[SOCKET_TIME_SIZE];
	size_t i;

	socket_time(opened_at, socket->opened_at_ns);
	set(object, "pid", json_object_new_int(socket->pid));
	set(object, "fd", json_fd(socket->fd));
	set(object, "cookie", socket->cookie ? json_count(socket->cookie) : NULL);
	set(object, "local", json_text_or_null(socket->local));
	set(object, "peer", json_text_or_null(socket->peer));
	set(object, "tcp_state",
	    socket->tcp_state >= 0 ? json_text(report_state_name(socket->tcp_state)) : NULL);
	set(object, "receive_queue",
	    socket->receive_queue >= 0 ? json_count((uint64_t)socket->receive_queue) : NULL);
	set(object, "thread", socket->thread ? json_object_new_int(socket->thread) : NULL);
	set(object, "opened_at", json_text_or_null(opened_at));
	set(object, "opened_ms", json_ms(socket->opened_ms));
	set(object, "eof_ms", json_ms(socket->eof_ms));
	set(object, "eof_reads", observed ? NULL : json_count(socket->eof_reads));
	set(object, "held_ms", json_ms(socket->held_ms));
	for (i = 0; i < socket->holder_count; i++) {
		struct json_object *holder = json_object_new_object();

		set(holder, "pid", json_object_new_int(socket->holders[i].pid));
		set(holder, "fd", json_fd(socket->holders[i].fd));
		if (socket->holders[i].command)
			set(holder, "command", json_text(socket->holders[i].command));
		json_object_array_add(holders, holder);
	}
	set(object, "holders", holders);
	for (i = 0; i < socket->interest_count; i++) {
		struct json_object *interest = json_object_new_object();

		set(interest, "pid", json_object_new_int(socket->interests[i].pid));
		set(interest, "fd", json_fd(socket->interests[i].epoll));
		set(interest, "events", json_text(socket->interests[i].events));
		json_object_array_add(interests, interest);
	}
	set(object, "epoll", interests);
	return object;
}

static struct json_object *json_listener(const struct report_listener *listener)
{
	struct json_object *object = json_object_new_object();

	set(object, "local", json_text(listener->address));
	set(object, "pid", json_object_new_int(listener->holder.pid));
	set(object, "fd", json_fd(listener->holder.fd));
	set(object, "queued", json_count(listener->queued));
	set(object, "queue_maximum", json_count(listener->queue_maximum));
	set(object, "last_accept_ms", json_ms(listener->last_accept_ms));
	set(object, "accepting_thread", json_text_or_null(listener->thread));
	return object;
}

static void write_leak(struct json_stream *leaks, const struct report_leak *leak, bool observed)
{
	struct json_stream object = json_stream_begin_inside(leaks, NULL, '{'), sockets;
	size_t i;

	json_stream_add(&object, "id", json_text(leak->id));
	json_stream_add(&object, "class", json_text(leak_class_name(leak->class)));
	json_stream_add(&object, "reason", json_text(leak_reason_name(leak->reason)));
	json_stream_add(&object, "verdict", json_text(verdict_name(leak->verdict)));
	json_stream_add(&object, "count", json_count(leak->count));
	json_stream_add(&object, "site", json_frame(leak->site));
	json_stream_add(&object, "stacks", json_stacks(leak));
	json_stream_add(&object, "because", json_because(leak));
	json_stream_add(&object, "siblings", json_siblings(leak));
	json_stream_add(&object, "headline", json_text(leak->headline));
	json_stream_add(&object, "details", json_sentences(&leak->lines));
	json_stream_add(&object, "fix", json_text(leak->fix));
	sockets = json_stream_begin_inside(&object, "sockets", '[');
	for (i = 0; i < leak->socket_count; i++)
		json_stream_add(&sockets, NULL, json_socket(&leak->sockets[i], observed));
	json_stream_end(&sockets);
	if (leak->class == CLASS_NEVER_ACCEPTED && leak->listener)
		json_stream_add(&object, "listener", json_listener(leak->listener));
	json_stream_end(&object);
}

/* Where the census is from, what of it is in nobody's hands, and what sysctls have to do with it.
 */
static void set_census(struct json_object *object, const struct report_process *process)
{
	struct json_object *unowned = json_object_new_object();
	struct json_object *tuning = json_sentences(&process->tuning);
	int state;

	set(object, "census_ms", json_ms(process->census_ms));
	for (state = 0; state < REPORT_STATES; state++)
		if (process->unowned[state])
			set(unowned, report_state_name(state), json_count(process->unowned[state]));
	set(object, "unowned_sockets", unowned);
	set(object, "time_wait_unattributed",
	    process->time_wait_unattributed >= 0
		    ? json_count((uint64_t)process->time_wait_unattributed)
		    : NULL);
	if (process->close_wait_leaked)
		json_object_array_add(tuning, json_text(TUNING_OF_CLOSE_WAIT));
	set(object, "tuning", tuning);
}

static void set_budget(struct json_object *object, const struct report_process *process)
{
	set(object, "descriptors", process->descriptors ? json_count(process->descriptors) : NULL);
	set(object, "leaked", json_count(process->leaked));
	set(object, "leaks_per_minute", json_ms(process->leaks_per_minute));
	set(object, "exhausted_in_ms", json_ms(process->exhausted_in_ms));
}

static struct json_object *json_process(const struct report_process *process, bool observed)
{
	struct json_object *object = json_object_new_object();
	struct json_object *states = json_object_new_object();
	int state;

	set(object, "pid", json_object_new_int(process->pid));
	set(object, "parent_pid", json_object_new_int(process->parent_pid));
	set(object, "executable", json_text_or_null(process->executable));
	set(object, "command", json_text_or_null(process->command));
	set(object, "state", json_text(process->state));
	set(object, "duration_ms", json_ms(process->duration_ms));
	set(object, "opened", observed ? NULL : json_count(process->opened));
	set(object, "eof", observed ? NULL : json_count(process->eof));
	set(object, "closed", observed ? NULL : json_count(process->closed));
	set(object, "open_at_end", json_count(process->open_at_end));
	set(object, "descriptor_limit", json_count(process->descriptor_limit));
	for (state = 0; state < REPORT_STATES; state++)
		set(states, report_state_name(state), json_count(process->tcp_states[state]));
	set(object, "tcp_states", states);
	set(object, "blind_spots", json_sentences(&process->blind_spots));
	set_census(object, process);
	set_budget(object, process);
	return object;
}

static struct json_object *json_summary(const struct report *report)
{
	struct json_object *object = json_object_new_object();
	struct json_object *by_class = json_object_new_object();
	unsigned int i;

	set(object, "leaked_sockets", json_count(report->leaked_sockets));
	set(object, "leak_sites", json_count(report->leak_sites));
	set(object, "processes", json_count(report->process_count));
	for (i = 0; i < CLASS_COUNT; i++)
		if (report->by_class[i])
			set(by_class, leak_class_name(i), json_count(report->by_class[i]));
	set(object, "by_class", by_class);
	set(object, "suppressed", json_count(0));
	set(object, "baselined", json_count(0));
	set(object, "lost", json_count(report->lost));
	set(object, "headline", json_text(report->headline));
	return object;
}

void render_json(const struct report *report, FILE *out, bool color)
{
	struct json_stream document = json_stream_begin(out, '{'), list;
	size_t i;

	(void)color;
	json_stream_add(&document, "schema", json_text(REPORT_SCHEMA));
	json_stream_add(&document, "version", json_text(FINLEAK_VERSION));
	json_stream_add(&document, "summary", json_summary(report));
	list = json_stream_begin_inside(&document, "processes", '[');
	for (i = 0; i < report->process_count; i++)
		json_stream_add(&list, NULL, json_process(&report->processes[i], report->observed));
	json_stream_end(&list);
	list = json_stream_begin_inside(&document, "leaks", '[');
	for (i = 0; i < report->leak_count; i++)
		write_leak(&list, &report->leaks[i], report->observed);
	json_stream_end(&list);
	json_stream_end(&document);
	fputc('\n', out);
}
