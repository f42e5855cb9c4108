/* SPDX-License-Identifier: MIT */
/* What the fix of a finding is: what to close, when, and on which path. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/report/fix_advice.h"
#include "analyzer/symbolize/languages.h"
#include "analyzer/symbolize/symbolize.h"
#include "tests/unit/source_file.h"

static char *advice_of(const struct report_leak *leak)
{
	struct symbolizer *symbolizer = symbolizer_new(&(struct symbolizer_options){ 0 });
	char *fix = fix_advice(leak, symbolizer);

	symbolizer_free(symbolizer);
	return fix;
}

static void assert_advice(const struct report_leak *leak, const char *first, const char *second)
{
	char *fix = advice_of(leak);

	if (strncmp(fix, first, strlen(first)) != 0 || !strstr(fix, second))
		fail_msg("%s", fix);
	free(fix);
}

/* A close where both ways still are one would close the others twice. */
static void test_fix_is_for_the_path(void **state)
{
	struct frame here = frame_at("serve", 4), closing = frame_at("serve", 1);
	struct frame closer = frame_at("forget", 9);
	struct report_closing closings = { .site = &closer, .count = 1 };
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &here,
		.siblings = 2,
		.siblings_closed = 1,
		.closings = &closings,
		.closing_count = 1,
		.sent_after_eof_ms = -1,
		.divergence = { &here, &closing },
		.closer = &closer,
	};

	(void)state;
	assert_advice(&leak,
		      "Call close() on the path of these connections too: "
		      "`client->end(client);` at finleak-test.",
		      ":1 closes others, in forget() (finleak-test.");
	/* The sentence on where they part would name both places again. */
	assert_true(fix_advice_shows_parting(&leak));
	leak.closer = &closing;
	assert_advice(&leak, "Call close() on this path too when the read in serve() (",
		      ":4) returns 0");
	assert_false(fix_advice_shows_parting(&leak));
}

/* What was taken out of epoll where all ways still are one was closed behind it, or not. */
static void test_epoll_set_was_left_on_both_ways(void **state)
{
	struct frame here = frame_at("serve", 4), closing = frame_at("serve", 1);
	struct frame closer = frame_at("forget", 9), left = frame_at("serve", 5);
	struct report_closing closings = { .site = &closer, .count = 1 };
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &here,
		.siblings = 2,
		.siblings_closed = 1,
		.closings = &closings,
		.closing_count = 1,
		.sent_after_eof_ms = -1,
		.divergence = { &here, &closing },
		.closer = &closer,
		.last_use = USE_EPOLL_DEL,
		.last_use_is_own = true,
		.last_use_site = &left,
		.last_use_call = &left,
	};

	(void)state;
	assert_advice(&leak, "Call close() on the path of these connections too: ", "forget()");
	/* Its own function has taken it out: that is this way alone. */
	left.function = "drop";
	assert_advice(&leak, "Call close() after the EPOLL_CTL_DEL in drop() (", "serve()");
	left.function = "serve";
	leak.siblings_closed = 0;
	assert_advice(&leak, "Call close() after the EPOLL_CTL_DEL in serve() (", ":5)");
}

/* A place without a name leads nobody to the close. */
static void test_others_were_closed_at_a_place_with_a_name(void **state)
{
	struct frame site = frame_at("serve", 4), closer = frame_at("forget", 9);
	struct report_closing closings = { .site = &closer, .count = 1 };
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &site,
		.in_loop = true,
		.siblings = 2,
		.siblings_closed = 1,
		.closings = &closings,
		.closing_count = 1,
		.sent_after_eof_ms = -1,
	};
	char *fix;

	(void)state;
	assert_advice(&leak,
		      "Call close() on the descriptor when a read of it returns 0, as forget() (",
		      ":9) does: serve() (");
	closer.module = "sun/nio/ch/FileDispatcherImpl.java";
	closer.language = &language_java;
	closer.script = true;
	fix = advice_of(&leak);
	assert_null(strstr(fix, ", as "));
	free(fix);
	closer.language = NULL;
	closer.script = false;
	closer.function = NULL;
	fix = advice_of(&leak);
	assert_null(strstr(fix, ", as "));
	free(fix);
}

static void test_destructor_needs_an_object(void **state)
{
	struct frame site = frame_at("net::Client<int>::Client(net::Port, int)", 4);
	struct frame closer = frame_at("net::Client<int>::~Client()", 9);
	struct report_closing closings = { .site = &closer, .count = 1 };
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &site,
		.siblings = 2,
		.siblings_closed = 1,
		.closings = &closings,
		.closing_count = 1,
		.sent_after_eof_ms = -1,
		.closer = &closer,
	};
	struct frame helper = frame_at("read_answer(int)", 2);

	(void)state;
	assert_advice(&leak, "Where net::Client<int>::Client() (", "throws, call close() first");
	/* DWARF's names have no class. */
	site.function = "Client";
	closer.function = "~Client";
	leak.caller = &site;
	leak.site = &helper;
	assert_advice(&leak, "Where Client() (", ":4) throws, call close() first: ~Client() (");
	site.function = "Clients";
	assert_advice(&leak, "Call close() on this path too", "");
	site.function = "serve(net::Client)";
	assert_advice(&leak, "Call close() on this path too", "");
}

static void test_idle_connections_are_tested_in_the_pool(void **state)
{
	struct frame site = frame_at("connect_upstream", 4), pool = frame_at("take", 9);
	struct frame used = frame_at("connect_upstream", 5);
	struct report_leak leak = {
		.class = CLASS_FIN_UNREAD,
		.advised_reason = REASON_NOT_POLLED,
		.site = &site,
		.at_opening = true,
		.used_site = &used,
		.handed_out_by = &pool,
		.sent_after_eof_ms = -1,
	};

	(void)state;
	/* The same function is named once. */
	assert_advice(&leak, "Call close() on the connection opened in connect_upstream() (",
		      ":4) when the program is done with it");
	assert_advice(&leak, "Call close()", "If the pool of take() (finleak-test.");
	leak.handed_out_by = NULL;
	assert_advice(&leak, "Call close()", "If a pool keeps it, close idle connections there");
	leak.pooled = true;
	assert_advice(&leak, "Nothing watches the connection", "a pool keeps it. Close idle");
}

/* client->fd = connect_to(port): what it had before is lost. */
static void test_the_one_before_is_replaced(void **state)
{
	struct frame site = frame_at("reconnect", 4);
	struct report_leak leak = {
		.class = CLASS_FIN_UNREAD,
		.advised_reason = REASON_DATA_UNREAD,
		.site = &site,
		.at_opening = true,
		.replaces = true,
		.sent_after_eof_ms = -1,
	};

	(void)state;
	assert_advice(&leak, "Call close() on the connection that reconnect() (",
		      "before the next one takes its place");
	leak.advised_reason = REASON_NOT_POLLED;
	assert_advice(&leak, "Call close() on the connection that reconnect() (",
		      "before the next one takes its place");
	leak.class = CLASS_EOF_UNCLOSED;
	leak.advised_reason = REASON_NONE;
	assert_advice(&leak, "Call close() on the connection that reconnect() (",
		      "takes its place, and when the program is done with it.");
	leak.at_opening = false;
	assert_advice(&leak, "Call close() on the connection that reconnect() (",
		      "keeps, before the next one takes its place.");
}

/* A library's loop reads: what was set up by main() is no handler, and a frame of it neither. */
static void test_what_lacks_the_close(void **state)
{
	static const struct reading_library library = { "a library", "end_it()", "end_it()",
							"it ends",
							.by_itself = "it does so itself" };
	static const struct reading_library with_events = { "another", "free_it()", "free_it()",
							    "it ends",
							    .end_handler = "the event callback" };
	struct frame site = frame_at("main", 4);
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &site,
		.site_stack = "touched",
		.is_set_up = true,
		.in_loop = true,
		.library = &library,
		.stacks = { { .name = "eof" } },
		.stack_count = 1,
		.sent_after_eof_ms = -1,
	};

	(void)state;
	assert_advice(&leak,
		      "Call end_it() when it ends: a callback of the connections used in main() (",
		      ":4) does not.");
	leak.is_set_up = false;
	assert_advice(&leak, "Call end_it() when it ends: main() (", ":4) does not.");
	leak.library = &with_events;
	assert_advice(&leak,
		      "Call free_it() when it ends: the event callback of the connections used in "
		      "main() (",
		      ":4) does not.");
	leak.library = &library;
	leak.is_foreign = true;
	assert_advice(&leak, "Call end_it() when it ends: it does so itself.", "");
	leak.library = NULL;
	assert_advice(&leak, "Call close() on the descriptor when a read of it returns 0: ",
		      "no recorded call shows its handler.");
}

/* node stops where the program does not take what has come. */
static void test_script_takes_what_has_come(void **state)
{
	struct frame site = { .function = "ask",
			      .file = "client.js",
			      .line = 19,
			      .script = true,
			      .module = "client.js",
			      .language = &language_javascript };
	struct report_leak leak = {
		.class = CLASS_FIN_UNREAD,
		.advised_reason = REASON_DATA_UNREAD,
		.site = &site,
		.at_opening = true,
		.sent_after_eof_ms = -1,
	};

	(void)state;
	assert_advice(
		&leak,
		"Call resume() or destroy() on the socket opened in ask() (client.js:19) once", "");
	leak.is_foreign = true;
	assert_advice(&leak, "Call resume() or destroy() on the socket, on every path",
		      "pauseOnConnect");
}

/* At an exit the close that is known is that of the duplicate itself. */
static void test_duplicate_is_closed_where_the_other_is(void **state)
{
	struct frame site = frame_at("keep_copy", 4), closed = frame_at("end_session", 9);
	struct report_leak leak = {
		.class = CLASS_DUPLICATE_HELD,
		.site = &site,
		.closed_site = &closed,
		.sent_after_eof_ms = -1,
	};

	(void)state;
	assert_advice(&leak, "Close the duplicate made in keep_copy() (",
		      ":9) closes the other descriptor");
	leak.reason = leak.advised_reason = REASON_CLOSED_AT_EXIT;
	assert_advice(&leak, "Close the duplicate made in keep_copy() (",
		      ":9) closes it only at exit.");
	leak.at_opening = true;
	assert_advice(&leak, "Close all descriptors of the connection opened in keep_copy() (",
		      ":9) closes the last one only at exit.");
	leak.reason = leak.advised_reason = REASON_NONE;
	assert_advice(&leak, "Close the other descriptor of the connection opened in keep_copy() (",
		      "where end_session() (");
}

/* An interpreter's main() is no place of a script's. */
static void test_interpreter_closes_at_exit(void **state)
{
	struct frame site = { .function = "read_request",
			      .file = "ends.pl",
			      .line = 13,
			      .script = true,
			      .module = "ends.pl",
			      .language = &language_perl };
	struct frame closed = { .function = "main", .module = "/usr/bin/perl" };
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.reason = REASON_CLOSED_AT_EXIT,
		.site = &site,
		.closed_site = &closed,
		.sent_after_eof_ms = -1,
	};
	char *fix = advice_of(&leak);

	(void)state;
	assert_null(strstr(fix, "main()"));
	free(fix);
	closed = (struct frame){ .function = "close_all",
				 .file = "ends.pl",
				 .line = 30,
				 .script = true,
				 .module = "ends.pl",
				 .language = &language_perl };
	assert_advice(&leak, "Call close()", ": close_all() (ends.pl:30) closed it only at exit.");
}

static void test_close_comes_after_the_reply(void **state)
{
	struct frame site = frame_at("serve", 4), farewell = frame_at("say_farewell", 9);
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &site,
		.sent_after_eof_ms = -1,
		.next = { .call = NEXT_WRITE, .own = true, .site = &farewell },
	};

	(void)state;
	assert_advice(&leak, "Call close() on the descriptor after the send in say_farewell() (",
		      ", which follows the read in serve() (");
	leak.next.own = false;
	assert_advice(&leak, "Call close() on the descriptor when the read in serve() (",
		      "returns 0");
}

/* A proxy closes one of two connections; a loop in main() closes for another event. */
static void test_another_connection_is_closed(void **state)
{
	struct frame site = frame_at("on_client", 4), opened = frame_at("begin", 2);
	struct frame closed = frame_at("close_upstream", 9);
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &site,
		.opened_site = &opened,
		.sent_after_eof_ms = -1,
		.next = { .call = NEXT_CLOSE, .site = &closed },
	};

	(void)state;
	assert_advice(&leak, "Also close the connection opened in begin() (", "close_upstream() (");
	closed.function = "main";
	assert_advice(&leak, "Call close() on the descriptor when the read in on_client() (",
		      "returns 0");
	site.function = "main";
	assert_advice(&leak, "Also close the connection opened in begin() (", "main() (");
}

static void test_stream_fills_its_buffer(void **state)
{
	struct frame site = frame_at("serve", 4);
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &site,
		.sent_after_eof_ms = -1,
		.eof_reads_max = 2,
	};

	(void)state;
	assert_advice(&leak, "Treat a read that returns 0 in serve() (", "do not poll it again");
	leak.reads_stream = true;
	assert_advice(&leak, "Call fclose()", "finds EOF");
	leak.eof_reads_max = 3;
	assert_advice(&leak, "Treat a read that ", "do not poll it again");
}

static void test_lock_has_a_holder(void **state)
{
	struct frame site = frame_at("accept_client", 4), at = frame_at("write_journal", 9);
	struct report_poller poller = { .pid = 7, .thread = 8, .doing = "sleeps in futex" };
	struct report_owner owner = { .thread = 8, .doing = "sleeps in futex" };
	char mutex[] = "journal", function[] = "open_journal";
	struct report_leak leak = {
		.class = CLASS_FIN_UNREAD,
		.advised_reason = REASON_NOT_POLLED_SINCE,
		.site = &site,
		.sent_after_eof_ms = -1,
		.poller = &poller,
		.thread_site = &at,
		.waits_for = "a mutex (pthread_mutex_lock())",
	};

	(void)state;
	assert_advice(&leak, "Find who holds the lock",
		      "it waits for a mutex (pthread_mutex_lock()) in write_journal() (");
	leak.lock_holder = (struct report_lock_holder){ .thread = 12, .doing = "sleeps in read" };
	assert_advice(&leak, "Unlock the mutex that thread 12 holds, which sleeps in read.",
		      "The polling thread waits for it in write_journal() (");
	leak.lock_holder.site = &site;
	assert_advice(&leak,
		      "Unlock the mutex that thread 12 holds, which sleeps in read in accept_",
		      "The polling thread waits for it in ");
	leak.lock_holder.lock = (struct lock_call){ mutex, function, source, 7 };
	assert_advice(&leak, "Unlock journal, locked in open_journal() (finleak-test.",
		      ":7), on every path: thread 12 holds it and sleeps in read in accept_");
	leak.lock_holder.waits = true;
	assert_advice(&leak, "Unlock journal, locked in open_journal() (finleak-test.",
		      "the polling thread holds it and waits for it in write_journal() (");
	leak.lock_holder.lock.file = NULL;
	assert_advice(&leak, "Unlock the mutex before it is locked again: the polling thread ",
		      "waits for it in write_journal() (");
	leak.lock_holder.waits = false;
	leak.class = CLASS_NEVER_ACCEPTED;
	leak.owner = &owner;
	assert_advice(&leak,
		      "Unlock the mutex that thread 12 holds, which sleeps in read in accept_",
		      "The thread that should accept on the listener of accept_client() (");
	leak.class = CLASS_FIN_UNREAD;
	leak.owner = NULL;
	leak.waits_for = "a condition variable (pthread_cond_clockwait())";
	assert_advice(&leak, "Let the polling thread return to epoll_wait().", "write_journal()");
}

/* The stack of a thread in a script names its interpreter alone: what else does is named. */
static void test_script_hangs(void **state)
{
	struct frame site = { .function = "handle",
			      .file = "/srv/loop.py",
			      .line = 12,
			      .module = "/usr/bin/python3.11",
			      .language = &language_python,
			      .script = true };
	struct frame at = { .function = "task_step_impl",
			    .module = "/usr/lib/python3.11/lib-dynload/_asyncio.so" };
	struct report_poller poller = { .pid = 7, .thread = 8, .doing = "sleeps in futex" };
	struct report_owner owner = { .thread = 8, .doing = "sleeps in futex" };
	struct report_leak leak = {
		.class = CLASS_FIN_UNREAD,
		.advised_reason = REASON_NOT_POLLED_SINCE,
		.site = &site,
		.sent_after_eof_ms = -1,
		.poller = &poller,
		.owner = &owner,
	};

	(void)state;
	assert_advice(&leak, "Let the polling thread return to epoll_wait(): a handler must not ",
		      "It sleeps in futex in Python: `py-spy dump --pid PID` ");
	leak.thread_site = &at;
	assert_advice(&leak, "Let the polling thread return to epoll_wait(): ", "`py-spy ");
	/* A module of the program's own, and one that has no such command */
	at.module = "/srv/parser.so";
	at.function = "parse";
	assert_advice(&leak, "Let the polling thread return to epoll_wait(). It sleeps in futex ",
		      " in parse()");
	at.module = "/usr/lib/python3.11/lib-dynload/_asyncio.so";
	site.language = &language_perl;
	assert_advice(&leak, "Let the polling thread return to epoll_wait(). It sleeps in ", "");
}

/* What the site calls may return something else than the read. */
static void test_wrapper_reads_for_the_site(void **state)
{
	struct frame site = frame_at("serve", 12), wrapper = frame_at("read_request", 4);
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &site,
		.site_stack = "eof",
		.wrappers = &wrapper,
		.wrapper_count = 1,
		.sent_after_eof_ms = -1,
	};

	(void)state;
	assert_advice(&leak, "Call close() on the descriptor when read_request() in serve() (",
		      ":12) finds EOF.");
	leak.in_loop = true;
	assert_advice(&leak, "Call close() on the descriptor when", "returns 0");
	leak.in_loop = false;
	leak.class = CLASS_ERROR_UNCLOSED;
	leak.failure = (struct report_failure){ .call = "recv()", .error = "ECONNRESET" };
	assert_advice(&leak, "Call close() when read_request() in serve() (",
		      ":12) fails with ECONNRESET.");
}

/* A generator that is left early ends none of its blocks. */
static void test_generator_is_left(void **state)
{
	struct frame site = frame_at("lines", 4), caller = frame_at("feed", 9);
	struct report_poller poller = { .pid = 7 };
	struct report_leak leak = {
		.class = CLASS_FIN_UNREAD,
		.advised_reason = REASON_DATA_UNREAD,
		.site = &site,
		.caller = &caller,
		.at_opening = true,
		.generator = GENERATOR,
		.sent_after_eof_ms = -1,
	};

	(void)state;
	assert_advice(&leak, "Call close() on the generator lines() (",
		      ":9), where it is not run to its end");
	leak.generator = GENERATOR_ASYNC;
	assert_advice(&leak, "Call aclose() on the generator lines() (", "contextlib.aclosing()");
	leak.class = CLASS_EOF_UNCLOSED;
	assert_advice(&leak, "Call aclose() on the generator lines() (", "contextlib.aclosing()");
	leak.class = CLASS_FIN_UNREAD;
	/* A thread that hangs, and a function that returns */
	leak.advised_reason = REASON_NOT_POLLED_SINCE;
	leak.poller = &poller;
	assert_advice(&leak, "Find what keeps the loop from calling epoll_wait()", "");
	leak.advised_reason = REASON_DATA_UNREAD;
	leak.poller = NULL;
	leak.generator = GENERATOR_NOT;
	assert_advice(&leak, "Call close() on the connection opened in lines() (", "");
}

/* Qt reads until its buffer is full, if that was limited. */
static void test_buffer_is_limited(void **state)
{
	struct frame site = frame_at("Upload::readSome", 4), call = frame_at("serve", 9);
	const struct reading_library qt = { .name = "Qt",
					    .call = "close()",
					    .close = "close() and deleteLater() on the socket",
					    .ends = "it emits disconnected()" };
	struct report_leak leak = {
		.class = CLASS_FIN_UNREAD,
		.advised_reason = REASON_DATA_UNREAD,
		.site = &site,
		.registered_at = &call,
		.library = &qt,
		.limit_line = 8,
		.sent_after_eof_ms = -1,
	};

	(void)state;
	assert_advice(&leak, "Read all data in Upload::readSome() (",
		      ":8 limits is full, and never reaches the EOF.");
	leak.limit_line = 0;
	assert_advice(&leak, "Call close() on the connection handled in Upload::readSome() (", "");
}

/* A channel of netty that does not read never gets to its end. */
static void test_reading_is_paused(void **state)
{
	struct frame site = frame_at("Server$Chat.channelRead", 22);
	struct reading_library netty = { .name = "netty",
					 .call = "close()",
					 .close = "close() on the channel",
					 .ends = "the peer has closed",
					 .by_itself = "netty does so itself" };
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &site,
		.in_loop = true,
		.is_only_handler = true,
		.library = &netty,
		.read_unseen = true,
		.pause_line = 19,
		.sent_after_eof_ms = -1,
	};

	(void)state;
	assert_advice(&leak, "Call setAutoRead(true) or close() on the channel, on every path ",
		      ":19: netty reaches the EOF only when it reads.");
	leak.class = CLASS_FIN_UNREAD;
	assert_advice(&leak, "Call setAutoRead(true) or close() on the channel, on every path ",
		      ":19: netty ");
	/* Where the source is not known */
	netty.pauses = true;
	leak.pause_line = 0;
	assert_advice(&leak, "Call setAutoRead(true) or close() on the channel, wherever ",
		      "for the connection handled in Server$Chat.channelRead() (");
	leak.class = CLASS_EOF_UNCLOSED;
	assert_advice(&leak, "Call setAutoRead(true) or close() on the channel, wherever ",
		      "for the connection handled in Server$Chat.channelRead() (");
	/* It has read the EOF: that was another connection's pause. */
	leak.class = CLASS_EOF_UNCLOSED;
	leak.read_unseen = false;
	assert_advice(&leak,
		      "Call close() on the channel when the peer has closed: netty does so itself; "
		      "Server$Chat.channelRead() (",
		      " is the only handler that was seen.");
}

/* A script closes the object that it has, not a descriptor: SSL_free() is none of its calls. */
static void test_script_ends_tls(void **state)
{
	static const struct reading_library openssl = { "OpenSSL", "close()",
							"close() on the descriptor",
							.ends = "fails", .keeps_open = true };
	static const struct language *const languages[] = { &language_python, &language_ruby,
							    &language_perl };
	struct frame site = frame_at("serve", 4);
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED, .site = &site, .library = &openssl, .site_stack = "eof"
	};
	size_t i;

	(void)state;
	assert_advice(&leak, "Call close() on the descriptor when a call of OpenSSL in serve()",
		      "SSL_free() does not close it");
	site.script = true;
	for (i = 0; i < sizeof(languages) / sizeof(languages[0]); i++) {
		char first[200];

		site.language = languages[i];
		snprintf(first, sizeof(first), "Call %s when a call of OpenSSL in serve()",
			 languages[i]->closing.close);
		assert_advice(&leak, first, "fails: the end of TLS does not close the connection.");
	}
}

/* A library's call may be about something else than the connection: a request, a handle. */
static void test_library_closes_connections_nobody_reads(void **state)
{
	struct frame site = frame_at("on_request", 40), call = frame_at("main", 56);
	const struct reading_library evhttp = { .name = "evhttp",
						.call = "evhttp_send_reply()",
						.close = "evhttp_send_reply() on each request",
						.ends = "its client has gone" };
	struct report_leak leak = {
		.class = CLASS_FIN_UNREAD,
		.advised_reason = REASON_NOT_POLLED,
		.side = SIDE_ACCEPTED,
		.site = &site,
		.registered_at = &call,
		.in_loop = true,
		.library = &evhttp,
		.sent_after_eof_ms = -1,
	};

	(void)state;
	assert_advice(&leak,
		      "Call evhttp_send_reply() on each request once the connection handled in "
		      "on_request() (",
		      " is served, on every path: ");
	leak.advised_reason = REASON_DATA_UNREAD;
	assert_advice(&leak, "Call evhttp_send_reply() on each request once the program is done ",
		      "with the connection handled in on_request() (");
	leak.library = NULL;
	assert_advice(&leak, "Call close() on the connection handled in on_request() (", "");
	leak.site = NULL;
	assert_advice(&leak, "Call close() on the connection held by the program once", "");
}

/* What a library hands over at the end is a clause of its own, whoever called it. */
static void test_library_names_the_end(void **state)
{
	static const struct reading_library asio = { "Asio", "close()", "close() on the socket",
						     .ends = "its handler gets error::eof" };
	static const struct reading_library openssl = { "OpenSSL", "close()", "close()",
							.ends = "a call of OpenSSL fails",
							.keeps_open = true };
	struct frame site = frame_at("serve", 12), wrapper = frame_at("start", 4);
	struct frame sweep = frame_at("sweep", 30);
	struct report_leak leak = {
		.class = CLASS_EOF_UNCLOSED,
		.site = &site,
		.site_stack = "eof",
		.wrappers = &wrapper,
		.wrapper_count = 1,
		.library = &asio,
		.sent_after_eof_ms = -1,
		.held_max_ms = 12000,
	};

	(void)state;
	assert_advice(&leak, "Call close() on the socket when its handler gets error::eof: ",
		      "Asio does not close it.");
	leak.library = &openssl;
	assert_advice(&leak, "Call close() when a call of OpenSSL in serve() (",
		      ":12) fails: SSL_free() does not close it.");
	leak.in_loop = true;
	assert_advice(&leak, "Call close() when a call of OpenSSL fails: ", "");
	leak.in_loop = false;
	leak.library = &asio;
	leak.class = CLASS_LATE_CLOSE;
	assert_advice(&leak, "Call close() on the socket when its handler gets error::eof, not ",
		      " later.");
	leak.closed_site = &sweep;
	assert_advice(&leak,
		      "Call close() on the socket when its handler gets error::eof: sweep() (",
		      " later.");
	leak.advised_reason = REASON_SPINNING;
	assert_advice(&leak, "Call close() on the socket when its handler gets error::eof: ",
		      "the loop never sleeps.");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fix_is_for_the_path),
		cmocka_unit_test(test_epoll_set_was_left_on_both_ways),
		cmocka_unit_test(test_others_were_closed_at_a_place_with_a_name),
		cmocka_unit_test(test_destructor_needs_an_object),
		cmocka_unit_test(test_idle_connections_are_tested_in_the_pool),
		cmocka_unit_test(test_the_one_before_is_replaced),
		cmocka_unit_test(test_what_lacks_the_close),
		cmocka_unit_test(test_script_takes_what_has_come),
		cmocka_unit_test(test_duplicate_is_closed_where_the_other_is),
		cmocka_unit_test(test_interpreter_closes_at_exit),
		cmocka_unit_test(test_close_comes_after_the_reply),
		cmocka_unit_test(test_another_connection_is_closed),
		cmocka_unit_test(test_stream_fills_its_buffer),
		cmocka_unit_test(test_lock_has_a_holder),
		cmocka_unit_test(test_script_hangs),
		cmocka_unit_test(test_wrapper_reads_for_the_site),
		cmocka_unit_test(test_generator_is_left),
		cmocka_unit_test(test_buffer_is_limited),
		cmocka_unit_test(test_reading_is_paused),
		cmocka_unit_test(test_script_ends_tls),
		cmocka_unit_test(test_library_closes_connections_nobody_reads),
		cmocka_unit_test(test_library_names_the_end),
	};

	return cmocka_run_group_tests(tests, write_source, remove_source);
}
