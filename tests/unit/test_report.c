/* SPDX-License-Identifier: MIT */
/*
 * The finished report and its two renderings. Stacks are those of this very program, so that they
 * have names: an address in the middle of a function is as good as a return address.
 */
#include "tests/unit/unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/render/render.h"
#include "analyzer/verbs/report_outputs.h"
#include "analyzer/report/report_build.h"
#include "analyzer/report/report_socket.h"
#include "tests/unit/recording_builder.h"

static volatile int sink;

/* Long enough that two addresses in it are on different lines. */
static __attribute__((noinline)) void read_request(void)
{
	sink += 1;
	sink *= 3;
	sink -= 5;
	sink *= 7;
	sink += 11;
}

static __attribute__((noinline)) void accept_client(void)
{
	sink += 2;
	sink *= 3;
}

static __attribute__((noinline)) void serve_other(void)
{
	sink += 4;
	sink *= 3;
}

static uint64_t address_in(void (*function)(void), unsigned int bytes)
{
	return (uint64_t)(uintptr_t)function + bytes;
}

struct fixture {
	char *folder;
	struct recording_builder builder;
	struct report_options options;
	struct report *report;
	char *text;
};

static int set_up(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	fixture->options.judge =
		(struct judge_options){ .min_held_ns = 100000000, .late_ns = 10000000000 };
	fixture->folder = builder_new_folder();
	builder_begin(&fixture->builder, 77, 1);
	builder_add_self(&fixture->builder);
	*state = fixture;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *fixture = *state;

	report_free(fixture->report);
	free(fixture->text);
	builder_remove_folder(fixture->folder);
	free(fixture);
	return 0;
}

static struct recorded_socket *leak_in(struct fixture *fixture, int fd, void (*function)(void),
				       unsigned int bytes)
{
	struct recorded_socket *row = builder_add_socket(&fixture->builder, fd, (uint64_t)fd);
	uint64_t eof = address_in(function, bytes), opened = address_in(accept_client, 6);

	row->eof_ns = at_ms(5000);
	row->eof_reads = 1;
	row->eof_stack = builder_add_stack(&fixture->builder, &eof, 1);
	row->opened_stack = builder_add_stack(&fixture->builder, &opened, 1);
	return row;
}

static struct report *report_of(struct fixture *fixture)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/77.finleak", fixture->folder);
	builder_write(&fixture->builder, path);
	report_free(fixture->report);
	fixture->report =
		report_build(recordings_read(&fixture->folder, 1, NULL, 0), &fixture->options);
	return fixture->report;
}

static const char *text_of(struct fixture *fixture)
{
	size_t size;
	FILE *out;

	free(fixture->text);
	out = open_memstream(&fixture->text, &size);
	assert_non_null(out);
	render_text(fixture->report, out, false);
	fclose(out);
	return fixture->text;
}

static const char *github_of(struct fixture *fixture)
{
	size_t size;
	FILE *out;

	free(fixture->text);
	out = open_memstream(&fixture->text, &size);
	assert_non_null(out);
	render_github(fixture->report, out, false);
	fclose(out);
	return fixture->text;
}

static struct json_object *json_of(struct fixture *fixture)
{
	struct json_object *document;
	size_t size;
	FILE *out;

	free(fixture->text);
	out = open_memstream(&fixture->text, &size);
	assert_non_null(out);
	render_json(fixture->report, out, false);
	fclose(out);
	document = json_tokener_parse(fixture->text);
	assert_non_null(document);
	return document;
}

/* TEXT with a blank for each run of blanks and ends of lines; the caller frees it. */
static char *unbroken(const char *text)
{
	char *copy = strdup(text), *to = copy;

	for (; *text; text++)
		if (!strchr(" \n", *text))
			*to++ = *text;
		else if (to == copy || to[-1] != ' ')
			*to++ = ' ';
	*to = '\0';
	return copy;
}

/* Wherever lines are broken. */
static void assert_says(const char *text, const char *part)
{
	char *long_text = unbroken(text), *long_part = unbroken(part);

	if (!strstr(long_text, long_part))
		fail_msg("'%s' is not in:\n%s", part, text);
	free(long_text);
	free(long_part);
}

static void test_names_the_site(void **state)
{
	struct fixture *fixture = *state;
	const struct report_leak *leak;
	char peer[ADDRESS_TEXT_SIZE];

	leak_in(fixture, 5, read_request, 6);
	report_of(fixture);
	assert_int_equal(fixture->report->leaked_sockets, 1);
	assert_int_equal(fixture->report->leak_count, 1);
	leak = &fixture->report->leaks[0];
	assert_non_null(leak->site);
	assert_string_equal(leak->site->function, "read_request");
	assert_string_equal(path_base(leak->site->file), "test_report.c");
	assert_int_equal(leak->sockets[0].fd, 5);
	report_print_address(peer, sizeof(peer), &leak->sockets[0].peer);
	assert_string_equal(peer, "192.0.2.7:40000");
	assert_true(leak->sockets[0].eof_ms == 4000.0);
	assert_true(leak->sockets[0].held_ms == 95000.0);
}

/* The id survives an edit that moves lines, and distinguishes functions and classes. */
static void test_id_without_lines(void **state)
{
	struct fixture *fixture = *state;
	char first[17], other[17];
	unsigned int line, bytes;

	leak_in(fixture, 5, read_request, 6);
	report_of(fixture);
	line = fixture->report->leaks[0].site->line;
	memcpy(first, fixture->report->leaks[0].id, sizeof(first));
	assert_int_equal(strspn(first, "0123456789abcdef"), 16);

	/* How far on the next line's code lies depends on the compiler. */
	for (bytes = 8; bytes < 512 && fixture->report->leaks[0].site->line == line; bytes += 2) {
		builder_begin(&fixture->builder, 78, 1);
		builder_add_self(&fixture->builder);
		leak_in(fixture, 5, read_request, bytes);
		report_of(fixture);
	}
	assert_string_equal(fixture->report->leaks[0].site->function, "read_request");
	assert_int_not_equal(fixture->report->leaks[0].site->line, line);
	assert_string_equal(fixture->report->leaks[0].id, first);

	builder_begin(&fixture->builder, 78, 1);
	builder_add_self(&fixture->builder);
	leak_in(fixture, 5, serve_other, 6);
	report_of(fixture);
	memcpy(other, fixture->report->leaks[0].id, sizeof(other));
	assert_string_not_equal(other, first);

	fixture->builder.sockets[0].eof_ns = 0;
	fixture->builder.sockets[0].error_ns = at_ms(5000);
	fixture->builder.sockets[0].error_stack = fixture->builder.sockets[0].eof_stack;
	report_of(fixture);
	assert_string_not_equal(fixture->report->leaks[0].id, other);
}

/* A compiler may copy a line into several places; the user sees one line, and one finding. */
static void test_one_line_is_one_finding(void **state)
{
	struct fixture *fixture = *state;

	leak_in(fixture, 5, read_request, 6);
	leak_in(fixture, 6, read_request, 5);
	leak_in(fixture, 7, serve_other, 6);
	report_of(fixture);
	assert_int_equal(fixture->report->leak_count, 2);
	assert_int_equal(fixture->report->leak_sites, 2);
	assert_int_equal(fixture->report->leaks[0].count, 2);
	assert_int_equal(fixture->report->leaks[0].socket_count, 2);
	assert_int_equal(fixture->report->leaks[0].siblings, 2);
	assert_string_equal(fixture->report->leaks[0].site->function, "read_request");
}

static void test_notes_only_with_all(void **state)
{
	struct fixture *fixture = *state;

	leak_in(fixture, 5, read_request, 6)->eof_ns = at_ms(BUILDER_END_MS - 1);
	report_of(fixture);
	assert_int_equal(fixture->report->leak_count, 0);
	assert_int_equal(fixture->report->leaked_sockets, 0);
	assert_int_equal(fixture->report->notes, 1);
	assert_int_equal(fixture->report->by_class[CLASS_EXIT_UNCLOSED], 1);
	fixture->options.all = true;
	report_of(fixture);
	assert_int_equal(fixture->report->leak_count, 1);
}

static void test_text_clean(void **state)
{
	struct fixture *fixture = *state;

	fixture->builder.header.opened = 12;
	fixture->builder.header.eof = 9;
	report_of(fixture);
	assert_string_equal(text_of(fixture), "finleak: no leaks: 12 sockets opened, 9 EOFs read "
					      "(1 process)\n");
}

/* A report on what has no end, or none that is known, says so at its head. */
static void test_text_open_ends(void **state)
{
	struct fixture *fixture = *state;

	leak_in(fixture, 5, read_request, 6);
	fixture->builder.header.end = END_NONE;
	fixture->builder.header.pid = 2000000000;
	report_of(fixture);
	assert_says(text_of(fixture), "(test_report, pid 2000000000, killed, end unknown)\n");
	fixture->builder.header.reaped_ns = at_ms(BUILDER_END_MS);
	report_of(fixture);
	assert_says(text_of(fixture), "(test_report, pid 2000000000)\n");
}

/* A seccomp filter ends the recording, not the process. */
static void test_text_confined(void **state)
{
	struct fixture *fixture = *state;

	fixture->builder.header.end = END_CONFINED;
	report_of(fixture);
	assert_int_equal(fixture->report->processes[0].blind_spots.count, 1);
	assert_says(text_of(fixture), "confined itself with a seccomp filter");
}

/* Lost rows and missing children never read as clean. */
static void test_text_blind_spots(void **state)
{
	struct fixture *fixture = *state;

	fixture->builder.header.lost[LOST_SOCKETS] = 3;
	fixture->builder.header.heirs = 2;
	fixture->builder.header.blind = BLIND_IO_URING;
	report_of(fixture);
	assert_int_equal(fixture->report->lost, 5);
	assert_int_equal(fixture->report->processes[0].blind_spots.count, 3);
	assert_says(text_of(fixture), "finleak could not see everything");
	assert_says(fixture->text, "io_uring");
	assert_says(fixture->text, "3 sockets could not be recorded");
}

/* A child that could not make its recording counts in its parent: it is reported once. */
/* What was not recorded may leak: no gate passes on it, and no headline calls it clean. */
static void test_gate_on_what_was_lost(void **state)
{
	const struct options gate = { .error_exitcode = 9 }, no_gate = { .error_exitcode = 0 };
	struct fixture *fixture = *state;

	report_of(fixture);
	assert_int_equal(report_status(fixture->report, &gate), 0);
	fixture->builder.header.lost[LOST_STACKS] = 1;
	report_of(fixture);
	assert_int_equal(report_status(fixture->report, &gate), 0);
	fixture->builder.header.lost[LOST_SOCKETS] = 3;
	report_of(fixture);
	assert_int_equal(report_status(fixture->report, &gate), 125);
	assert_int_equal(report_status(fixture->report, &no_gate), 0);
	assert_says(text_of(fixture), "no leaks among what could be recorded");
	leak_in(fixture, 5, read_request, 6);
	report_of(fixture);
	assert_int_equal(report_status(fixture->report, &gate), 9);
}

/* An event that `finleak attach` came too late for may have opened a socket. */
static void test_gate_on_lost_events(void **state)
{
	const struct options gate = { .error_exitcode = 9 };
	struct fixture *fixture = *state;

	fixture->builder.header.lost[LOST_EVENTS] = 1;
	report_of(fixture);
	assert_int_equal(report_status(fixture->report, &gate), 125);
	assert_says(text_of(fixture), "no leaks among what could be recorded");
}

static void test_child_lost_once(void **state)
{
	struct fixture *fixture = *state;

	fixture->builder.header.lost[LOST_CHILDREN] = 1;
	fixture->builder.header.heirs_forked = 1;
	report_of(fixture);
	assert_int_equal(fixture->report->lost, 1);
	assert_int_equal(fixture->report->processes[0].blind_spots.count, 1);
}

/* Of the first line of TEXT. */
static size_t columns_of(const char *text)
{
	size_t columns = 0;

	for (; *text && *text != '\n'; text++)
		columns += (*text & 0xc0) != 0x80;
	return columns;
}

/* A child that was killed before it had a recording held nothing that could leak. */
static void test_child_killed_early(void **state)
{
	struct fixture *fixture = *state;

	fixture->builder.header.heirs_forked = 3;
	report_of(fixture);
	assert_int_equal(fixture->report->lost, 0);
	assert_int_equal(fixture->report->processes[0].blind_spots.count, 0);
	fixture->builder.header.heirs = 1;
	report_of(fixture);
	assert_int_equal(fixture->report->lost, 1);
	assert_says(text_of(fixture), "the recording of 1 forked child that inherited sockets "
				      "is missing");
}

static void test_text_finding(void **state)
{
	struct fixture *fixture = *state;
	struct recorded_socket *row;
	const char *line;
	struct recorded_total *total;

	row = leak_in(fixture, 5, read_request, 6);
	row->eof_reads = 9041;
	row->last_use = USE_EPOLL_DEL;
	row->last_use_ns = at_ms(BUILDER_END_MS - 1200);
	row->last_use_stack = row->opened_stack;
	total = builder_add_total(&fixture->builder, DECIDED_EOF, 998, 2);
	total->decided_stack = row->eof_stack;
	total->closed_stack = row->opened_stack;
	report_of(fixture);
	text_of(fixture);
	assert_says(fixture->text, "finleak: 1 socket leaked at 1 site");
	assert_says(fixture->text, "eof-unclosed");
	assert_says(fixture->text, " in read_request()");
	assert_says(fixture->text, "sink += 1;");
	assert_says(fixture->text, "Opened at\n");
	assert_says(fixture->text, "accept_client");
	assert_says(fixture->text, "192.0.2.7:40000");
	assert_says(fixture->text, "998 of the 999 sockets whose EOF was read at test_report.c:");
	assert_says(fixture->text, " were closed, at test_report.c:");
	assert_says(fixture->text, "epoll_ctl(EPOLL_CTL_DEL)");
	assert_says(fixture->text, "1.2 s before the end");
	assert_says(fixture->text, "read 9041 times: the program spins");
	for (line = fixture->text; *line; line += strcspn(line, "\n") + 1)
		assert_true(columns_of(line) <= 80);
	assert_says(fixture->text,
		    "  Fix: Call close() after the EPOLL_CTL_DEL in accept_client()\n");
	assert_says(fixture->text, ": removing a descriptor from epoll does not close it.\n");
	assert_null(strchr(fixture->text, '\033'));
}

/* What, where and how to fix it come first, and above the stacks are few lines. */
static void test_text_begins_with_the_answer(void **state)
{
	struct fixture *fixture = *state;
	const char *finding, *line, *stacks;
	size_t above = 0;

	leak_in(fixture, 5, read_request, 6);
	report_of(fixture);
	finding = strstr(text_of(fixture), "\n1. eof-unclosed: 1 socket at test_report.c:");
	assert_non_null(finding);
	finding++;
	line = strchr(finding, '\n') + 1;
	assert_int_equal(strncmp(line, "   EOF was read, but the socket was never closed.\n", 50),
			 0);
	line = strchr(line, '\n') + 1;
	assert_int_equal(strncmp(line, "   Fix: Call close() on ", 24), 0);
	stacks = strstr(finding, "\n  EOF read at\n");
	assert_non_null(stacks);
	for (line = finding; line < stacks; line++)
		above += *line == '\n';
	assert_true(above <= 12);
	assert_non_null(strstr(stacks, "\n  Opened at\n"));
	assert_non_null(strstr(stacks, "\n  Held for 95 s after EOF.\n"));
	/* For logs; nothing comes after. */
	assert_string_equal(strstr(stacks, "\nfinleak: "),
			    "\nfinleak: 1 socket leaked at 1 site in 1 process\n");
}

static void test_overview(void **state)
{
	struct fixture *fixture = *state;
	size_t i;

	builder_add_module(&fixture->builder, "/opt/plugin", 0x1000, 0x2000);
	for (i = 0; i < 6; i++)
		leak_in(fixture, 5 + (int)i, read_request, 6)->opened_stack =
			builder_add_stack(&fixture->builder, &(uint64_t){ 0x1010 + 0x100 * i }, 1);
	report_of(fixture);
	assert_int_equal(fixture->report->leak_count, 6);
	text_of(fixture);
	assert_non_null(strstr(fixture->text, "\n\n   1.      1  eof-unclosed  test_report.c:"));
	assert_non_null(strstr(fixture->text, "\n   6.      1  eof-unclosed  test_report.c:"));
	assert_non_null(strstr(fixture->text, "\n6. eof-unclosed: 1 socket at "));
	fixture->options.top = 2;
	report_of(fixture);
	text_of(fixture);
	assert_says(fixture->text, "2 of 6 findings are shown in full (--top).");
	assert_non_null(strstr(fixture->text, "\n   6.      1  eof-unclosed  test_report.c:"));
	assert_non_null(strstr(fixture->text, "\n2. eof-unclosed: 1 socket at "));
	assert_null(strstr(fixture->text, "\n3. eof-unclosed: 1 socket at "));
	assert_says(fixture->text, "finleak: 6 sockets leaked at 6 sites in 1 process");
}

static void test_sockets(void **state)
{
	struct fixture *fixture = *state;

	leak_in(fixture, 5, read_request, 6);
	fixture->builder.header.start_realtime_ns = 1700000000123456789;
	report_of(fixture);
	assert_null(strstr(text_of(fixture), "pid 77, descriptor 5"));
	fixture->options.each_socket = true;
	report_of(fixture);
	assert_says(text_of(fixture), "- pid 77, descriptor 5: ");
	assert_says(fixture->text, ", peer 192.0.2.7:40000, ");
	assert_says(fixture->text, "opened 2023-11-14T22:13:2");
	assert_says(fixture->text, ", held for 95 s");
}

/* A close is called one of several only where a descriptor is left. */
static void test_text_closed(void **state)
{
	struct fixture *fixture = *state;
	uint64_t closed = address_in(serve_other, 6);
	struct recorded_total *total;
	struct recorded_socket *row;

	row = leak_in(fixture, 5, read_request, 6);
	row->part_closed_ns = at_ms(6000);
	row->part_closed_stack = builder_add_stack(&fixture->builder, &closed, 1);
	report_of(fixture);
	assert_says(text_of(fixture), "  Closed at\n    #0  serve_other");

	builder_begin(&fixture->builder, 77, 1);
	builder_add_self(&fixture->builder);
	total = builder_add_total(&fixture->builder, DECIDED_EOF, 4, 20000);
	total->closed_stack = builder_add_stack(&fixture->builder, &closed, 1);
	report_of(fixture);
	assert_says(text_of(fixture), "  Closed at\n    #0  serve_other");
	assert_says(fixture->text, "finleak: no leaks, 4 sockets closed late: 0 sockets opened");
}

/* Names out of a recording can't steer the terminal. */
static void test_text_escapes(void **state)
{
	struct fixture *fixture = *state;
	const uint64_t pc = 0x1000;
	struct recorded_socket *row;
	const char *at;

	builder_add_module(&fixture->builder, "/opt/\033]0;owned\007\r\n\xff\xe2\x80\xae.so",
			   0x1000, 0x2000);
	strcpy(fixture->builder.header.executable, "/opt/\033[31mred\n");
	row = builder_add_socket(&fixture->builder, 5, 1);
	row->eof_ns = at_ms(5000);
	row->eof_stack = builder_add_stack(&fixture->builder, &(uint64_t){ pc + 16 }, 1);
	report_of(fixture);
	text_of(fixture);
	for (at = fixture->text; *at; at++)
		assert_true((*at >= 0x20 && *at < 0x7f) || *at == '\n');
	assert_says(fixture->text, "\\x1b[31mred\\x0a");
	assert_says(fixture->text, "\\x1b]0;owned\\x07\\x0d\\x0a\\xff\\xe2\\x80\\xae.so");
}

static struct json_object *at_key(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		fail_msg("no key %s", key);
	return value;
}

static void test_json(void **state)
{
	static const char *const leak_keys[] = {
		"id",   "class",  "reason",   "verdict", "count",
		"site", "stacks", "siblings", "fix",     "sockets"
	};
	static const char *const socket_keys[] = { "pid",           "fd",        "cookie",
						   "local",         "peer",      "tcp_state",
						   "receive_queue", "opened_ms", "touched_ms",
						   "eof_ms",        "eof_reads", "held_ms",
						   "holders",       "epoll" };
	struct fixture *fixture = *state;
	struct json_object *document, *leak, *socket;
	size_t i;

	leak_in(fixture, 5, read_request, 6);
	report_of(fixture);
	document = json_of(fixture);
	assert_string_equal(json_object_get_string(at_key(document, "schema")), "finleak-report/1");
	assert_string_equal(json_object_get_string(at_key(document, "version")), FINLEAK_VERSION);
	assert_int_equal(json_object_get_int(at_key(at_key(document, "summary"), "leaked_sockets")),
			 1);
	assert_int_equal(json_object_array_length(at_key(document, "processes")), 1);
	assert_int_equal(
		json_object_object_length(at_key(
			json_object_array_get_idx(at_key(document, "processes"), 0), "tcp_states")),
		REPORT_STATES);
	leak = json_object_array_get_idx(at_key(document, "leaks"), 0);
	for (i = 0; i < sizeof(leak_keys) / sizeof(leak_keys[0]); i++)
		at_key(leak, leak_keys[i]);
	assert_null(at_key(leak, "reason"));
	at_key(at_key(leak, "stacks"), "opened");
	at_key(at_key(leak, "stacks"), "eof");
	socket = json_object_array_get_idx(at_key(leak, "sockets"), 0);
	for (i = 0; i < sizeof(socket_keys) / sizeof(socket_keys[0]); i++)
		at_key(socket, socket_keys[i]);
	assert_null(at_key(socket, "tcp_state"));
	json_object_put(document);
}

static void test_json_invalid_utf8(void **state)
{
	struct fixture *fixture = *state;
	struct json_object *document, *process;
	const char *executable;

	strcpy(fixture->builder.header.executable, "/opt/\xff\"\\\n\xc3(");
	report_of(fixture);
	document = json_of(fixture);
	process = json_object_array_get_idx(at_key(document, "processes"), 0);
	executable = json_object_get_string(at_key(process, "executable"));
	assert_string_equal(executable, "/opt/\xef\xbf\xbd\"\\\n\xef\xbf\xbd(");
	assert_string_equal(json_object_get_string(at_key(process, "command")), "server --port 0");
	json_object_put(document);
}

static void test_tcp_states(void **state)
{
	struct fixture *fixture = *state;
	struct recorded_socket *idle = builder_add_socket(&fixture->builder, 5, 1);
	struct recorded_socket *bound = builder_add_socket(&fixture->builder, 6, 2);
	struct recorded_socket *waiting = builder_add_socket(&fixture->builder, 7, 3);
	const struct report_process *process;
	int state_index;

	idle->source = bound->source = SOURCE_SOCKET;
	idle->role = bound->role = ROLE_NONE;
	idle->tcp_state = bound->tcp_state = 7;
	bound->local.port = 80;
	waiting->tcp_state = 8;
	idle->sampled_ns = bound->sampled_ns = waiting->sampled_ns = at_ms(BUILDER_END_MS);
	report_of(fixture);
	process = &fixture->report->processes[0];
	for (state_index = 0; state_index < REPORT_STATES; state_index++) {
		const char *name = report_state_name(state_index);
		uint64_t expected = strcmp(name, "IDLE") == 0 || strcmp(name, "BOUND") == 0 ||
				    strcmp(name, "CLOSE_WAIT") == 0;

		assert_int_equal(process->tcp_states[state_index], expected);
	}
}

static size_t occurrences(const char *text, const char *part)
{
	size_t count = 0;

	for (; (text = strstr(text, part)) != NULL; text += strlen(part))
		count++;
	return count;
}

static void test_github(void **state)
{
	struct fixture *fixture = *state;
	char *begin;
	size_t i;

	/* Nothing is below it. */
	setenv("GITHUB_WORKSPACE", "/nowhere", 1);
	report_of(fixture);
	assert_string_equal(github_of(fixture), "");
	leak_in(fixture, 5, read_request, 6);
	report_of(fixture);
	github_of(fixture);
	begin = allocate_printed("::error file=%s,line=%u,title=eof-unclosed%%3A 1 socket at "
				 "test_report.c%%3A",
				 fixture->report->leaks[0].site->file,
				 fixture->report->leaks[0].site->line);
	assert_int_equal(strncmp(fixture->text, begin, strlen(begin)), 0);
	free(begin);
	assert_non_null(
		strstr(fixture->text, "::EOF was read, but the socket was never closed.%0AFix: "));
	assert_int_equal(occurrences(fixture->text, "\n"), 1);
	/* A file's path in the repository is what GitHub knows. */
	setenv("GITHUB_WORKSPACE", SOURCE_FOLDER, 1);
	report_of(fixture);
	assert_int_equal(
		strncmp(github_of(fixture), "::error file=tests/unit/test_report.c,line=", 43), 0);
	unsetenv("GITHUB_WORKSPACE");

	builder_add_module(&fixture->builder, "/opt/plugin", 0x1000, 0x2000);
	for (i = 1; i < 12; i++)
		leak_in(fixture, 5 + (int)i, read_request, 6)->opened_stack =
			builder_add_stack(&fixture->builder, &(uint64_t){ 0x1010 + 0x100 * i }, 1);
	report_of(fixture);
	assert_int_equal(fixture->report->leak_count, 12);
	assert_int_equal(occurrences(github_of(fixture), "::error "), 10);
	assert_non_null(strstr(fixture->text,
			       "\n::notice title=finleak::2 more%0Afinleak: 12 sockets "
			       "leaked at 12 sites in 1 process\n"));
}

/* Nothing out of a recording begins another command, and what went unseen is not silent. */
static void test_github_escapes(void **state)
{
	struct fixture *fixture = *state;

	builder_add_module(&fixture->builder, "/opt/100%,\n::error::\r\033[m.so", 0x1000, 0x2000);
	builder_add_socket(&fixture->builder, 5, 1)->eof_ns = at_ms(5000);
	fixture->builder.sockets[0].eof_stack =
		builder_add_stack(&fixture->builder, &(uint64_t){ 0x1010 }, 1);
	fixture->builder.header.lost[LOST_SOCKETS] = 3;
	report_of(fixture);
	github_of(fixture);
	assert_int_equal(strncmp(fixture->text, "::error title=eof-unclosed%3A 1 socket at ", 42),
			 0);
	assert_non_null(strstr(fixture->text, "100%25%2C\\x0a%3A%3Aerror%3A%3A\\x0d\\x1b[m.so+0x"));
	assert_int_equal(occurrences(fixture->text, "\n"), 2);
	assert_null(strchr(fixture->text, '\033'));
	assert_non_null(strstr(fixture->text, "\n::warning title=finleak::finleak could not see "
					      "everything:%0A"));
	assert_non_null(strstr(fixture->text, "3 sockets could not be recorded"));
}

/* The source of its only line shows by what it reads. */
static __attribute__((noinline)) void read_line(void)
{
	char line[8];

	sink += fgets(line, sizeof(line), stdin) != NULL;
}

/* What closes the socket is called by its name. */
static void test_fix(void **state)
{
	struct fixture *fixture = *state;
	struct recorded_socket *row;
	unsigned int bytes;
	uint64_t script;

	leak_in(fixture, 5, read_request, 6);
	report_of(fixture);
	assert_says(fixture->report->leaks[0].fix, "Call close() on the descriptor when the read ");

	/* Where in the function the line's code lies depends on the compiler. */
	for (bytes = 4; bytes < 256 && !fixture->report->leaks[0].reads_stream; bytes += 4) {
		builder_begin(&fixture->builder, 77, 1);
		builder_add_self(&fixture->builder);
		leak_in(fixture, 5, read_line, bytes);
		report_of(fixture);
	}
	assert_string_equal(fixture->report->leaks[0].site->function, "read_line");
	assert_says(fixture->report->leaks[0].fix, "Call fclose() on the stream");

	builder_begin(&fixture->builder, 77, 1);
	builder_add_self(&fixture->builder);
	row = leak_in(fixture, 5, read_request, 6);
	script = builder_add_script(&fixture->builder, "/srv/app.py", "<module>", 7);
	row->eof_stack = builder_add_stack(&fixture->builder, &script, 1);
	report_of(fixture);
	assert_says(fixture->report->leaks[0].fix, "close() on the socket object (or use it in a "
						   "with statement) when the read in <module> "
						   "(app.py:7)");
}

int main(void)
{
#define REPORT_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		REPORT_TEST(test_names_the_site),
		REPORT_TEST(test_id_without_lines),
		REPORT_TEST(test_one_line_is_one_finding),
		REPORT_TEST(test_notes_only_with_all),
		REPORT_TEST(test_text_clean),
		REPORT_TEST(test_text_open_ends),
		REPORT_TEST(test_text_blind_spots),
		REPORT_TEST(test_gate_on_what_was_lost),
		REPORT_TEST(test_gate_on_lost_events),
		REPORT_TEST(test_child_lost_once),
		REPORT_TEST(test_child_killed_early),
		REPORT_TEST(test_text_confined),
		REPORT_TEST(test_text_finding),
		REPORT_TEST(test_text_begins_with_the_answer),
		REPORT_TEST(test_overview),
		REPORT_TEST(test_sockets),
		REPORT_TEST(test_text_closed),
		REPORT_TEST(test_text_escapes),
		REPORT_TEST(test_github),
		REPORT_TEST(test_github_escapes),
		REPORT_TEST(test_json),
		REPORT_TEST(test_json_invalid_utf8),
		REPORT_TEST(test_tcp_states),
		REPORT_TEST(test_fix),
	};

	read_request();
	if (sink == 0)
		read_line();
	accept_client();
	serve_other();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
