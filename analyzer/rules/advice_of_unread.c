/* SPDX-License-Identifier: MIT */
/* Nobody read the EOF. A pool may keep what it uses again; a connection that was
 * served is done with. */
#include "analyzer/rules/advice.h"
#include "analyzer/rules/advice_tables.h"

static const struct advice fin_unread[] = {
	{
		REASON_NONE,
		ADVICE_NOTE,
		{ "Nothing to fix if the program was meant to exit right after the peer had "
		  "closed; otherwise call {call} on the connection {opened} {site}{and_used} when "
		  "the program is done with it." },
	},
	{
		ANY_REASON,
		ADVICE_PAUSE_LINE,
		{ "Call setAutoRead(true) or {close}, on every path after the setAutoRead(false) "
		  "at {pause}: {library} reaches the EOF only when it reads." },
	},
	{
		ANY_REASON,
		ADVICE_PAUSES,
		{ "Call setAutoRead(true) or {close}, wherever the program calls "
		  "setAutoRead(false) for the connection {opened} {site}: {library} gets to the "
		  "EOF only when it reads." },
	},
	{
		ANY_REASON,
		ADVICE_GENERATOR,
		{ "Call {ending} on the generator {site}{called} where it is not run to its end, "
		  "or use {scoped}: until then it holds the connection, even in a with "
		  "statement." },
	},
	{
		ANY_REASON,
		/* Its thread opens them: the site is no place of the program's. */
		ADVICE_OPENS | ADVICE_RUNTIME,
		{ "Call {close}, on every path: until then {library} keeps the connection {opened} "
		  "{site}." },
	},
	{
		ANY_REASON,
		ADVICE_OPENS | ADVICE_POOLED,
		{ "Call {close} in {site}, at the latest before the peer's idle timeout: {library} "
		  "keeps the connection, and nothing watches it while it is idle." },
	},
	{
		ANY_REASON,
		ADVICE_OPENS,
		{ "Call {close} in {site}, on every path: until then {library} keeps the "
		  "connection." },
	},
	{
		REASON_NOT_POLLED,
		ADVICE_POOLED,
		{ "Nothing watches the connection {opened} {site} while it is idle: {pool} keeps "
		  "it. Close idle connections before the peer's idle timeout, or at their EOF: "
		  "checking one when it is taken out is too late." },
	},
	{
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED | ADVICE_PAUSED,
		{ "Call {call} on the connection {accepted} {opening} once it is served, on every "
		  "path. Its EOF goes unnoticed, because epoll has not watched it since "
		  "{paused}." },
	},
	{
		/* What it is called on is no connection: a request, a handle. */
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED | ADVICE_IN_LOOP | ADVICE_LIBRARY,
		{ "Call {close} once the connection {accepted} {site}{and_used} is served, on "
		  "every "
		  "path: nothing reads it any more, so its EOF goes unnoticed." },
	},
	{
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED | ADVICE_IN_LOOP,
		{ "Call {call} on the connection {accepted} {site}{and_used} once it is served, on "
		  "every "
		  "path: nothing reads it any more, so its EOF goes unnoticed." },
	},
	{
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED,
		{ "Call {call} on the connection {accepted} {site}{and_used} once it is served, "
		  "on every path{as_others}: nothing reads it any more, so its EOF goes "
		  "unnoticed." },
	},
	{
		REASON_NOT_POLLED,
		ADVICE_REPLACES,
		{ "Call {call} on the connection that {site} keeps, before the next one takes its "
		  "place, and when the program is done with it: nothing reads it any more, so its "
		  "EOF goes unnoticed." },
	},
	{
		REASON_NOT_POLLED,
		0,
		{ "Call {call} on the connection {opened} {site}{and_used} when the program is "
		  "done with it, on every path{as_others}: nothing reads it any more. If {pool} "
		  "keeps it, close idle connections there before the peer's idle timeout, or at "
		  "their EOF.",
		  "No epoll descriptor watches it. Watch idle connections for EPOLLRDHUP and close "
		  "them when the peer closes, or close them before the peer's idle timeout." },
	},
	{
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING | ADVICE_SCRIPT_THREAD,
		{ "Let the polling thread return to epoll_wait(): a handler must not block. It "
		  "{doing} in {language}{for}: `{stack_command}` prints the line." },
	},
	{
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_OWN_LOCK | ADVICE_LOCK_KNOWN,
		{ "Unlock {mutex}, locked in {locked}, on every path: the polling thread holds it "
		  "and waits for it in {thread}{for}." },
	},
	{
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_OWN_LOCK,
		{ "Unlock the mutex before it is locked again: the polling thread holds it and "
		  "waits for it in {thread}{for}." },
	},
	{
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_HOLDER | ADVICE_LOCK_KNOWN,
		{ "Unlock {mutex}, locked in {locked}, on every path: {holding}. The polling "
		  "thread waits for it in {thread}{for}." },
	},
	{
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_HOLDER,
		{ "Unlock the mutex that {holder}. The polling thread waits for it in "
		  "{thread}{for}." },
	},
	{
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_LOCKED,
		{ "Find who holds the lock that keeps the polling thread from epoll_wait(): it "
		  "{doing} in {thread}{for}. A handler must not block." },
	},
	{
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING | ADVICE_THREAD_AT,
		{ "Let the polling thread return to epoll_wait(). It {doing} in {thread}{for}. A "
		  "handler must not block." },
	},
	{
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING | ADVICE_THREAD_RUNS,
		{ "Find what keeps the loop from calling epoll_wait(): its thread runs{for}. A "
		  "handler must not take long." },
	},
	{
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING,
		{ "Find what keeps the loop from calling epoll_wait(): its thread {doing}{for}. A "
		  "handler must not block." },
	},
	{
		REASON_NOT_POLLED_SINCE,
		0,
		{ "Find what keeps the loop from calling epoll_wait(): a handler must not block. "
		  "The EOF "
		  "of the connection {opened} {site} waits to be reported." },
	},
	{
		REASON_READING_PAUSED,
		ADVICE_PAUSED | ADVICE_ARMED_ONCE | ADVICE_USED,
		{ "Call epoll_ctl(EPOLL_CTL_MOD) again, on every path, after {touched} has used "
		  "the connection: EPOLLONESHOT, set in {paused}, reports one event only." },
	},
	{
		REASON_READING_PAUSED,
		ADVICE_PAUSED | ADVICE_ARMED_ONCE,
		{ "Call epoll_ctl(EPOLL_CTL_MOD) again, on every path, after each event: "
		  "EPOLLONESHOT, set in {paused}, reports one event only." },
	},
	{
		REASON_READING_PAUSED,
		ADVICE_PAUSED,
		{ "Ask epoll for EPOLLIN again, on every path, after the pause in {paused}; or "
		  "keep "
		  "EPOLLRDHUP among the events, and close() when it is reported." },
	},
	{
		REASON_READING_PAUSED,
		0,
		{ "Resume reading the connection {opened} {site} (re-arm EPOLLONESHOT), or keep "
		  "EPOLLRDHUP among its events and close() when it is reported.",
		  "epoll watches it, but not for its EOF. Resume reading (re-arm EPOLLONESHOT), or "
		  "keep EPOLLRDHUP among its events and close when it is reported." },
	},
	{
		REASON_HANGUP_IGNORED,
		ADVICE_RUNTIME,
		{ "Call {call} on the connection {opened} {site}{and_used} when the program is "
		  "done with it, on every path: nothing reads it any more, so its EOF goes "
		  "unnoticed." },
	},
	{
		REASON_HANGUP_IGNORED,
		0,
		{ "Handle the EOF that epoll has reported for the connection {opened} "
		  "{site}{and_used}: close() it where EPOLLRDHUP is handled{hangup}. If nothing "
		  "handles that, read (with EPOLLET until EAGAIN) and close() once a read returns "
		  "0.",
		  "epoll has reported its EOF. Close it where EPOLLRDHUP is handled, or read (with "
		  "EPOLLET until EAGAIN) and close once a read returns 0." },
	},
	{
		REASON_DATA_UNREAD,
		ADVICE_LIMITED,
		{ "Read all data in {site}, or call {call} on the socket, on every path: "
		  "{library} stops reading while the buffer that {limit} limits is full, and never "
		  "reaches the EOF." },
	},
	{
		REASON_DATA_UNREAD,
		ADVICE_READS_AHEAD | ADVICE_FOREIGN,
		{ "Call resume() or {call} on the socket, on every path (pauseOnConnect and "
		  "pause() leave data unread): Node.js reaches the EOF only once all data before "
		  "it has been read." },
	},
	{
		REASON_DATA_UNREAD,
		ADVICE_READS_AHEAD,
		{ "Call resume() or {call} on the socket {opened} {site}{reader} once the program "
		  "has read enough, on every path: Node.js reaches the EOF only once all data "
		  "before it has been read." },
	},
	{
		REASON_DATA_UNREAD,
		ADVICE_REPLACES,
		{ "Call {call} on the connection that {site} keeps, before the next one takes its "
		  "place, and when the program is done with it, even with data unread: nothing "
		  "reads it any more, so its EOF goes unnoticed." },
	},
	{
		REASON_DATA_UNREAD,
		ADVICE_IN_LOOP | ADVICE_LIBRARY,
		{ "Call {close} once the program is done with the connection {opened} "
		  "{site}{and_used}, on every path, even with data unread: nothing reads it any "
		  "more, so its EOF goes unnoticed." },
	},
	{
		REASON_DATA_UNREAD,
		0,
		{ "Call {call} on the connection {opened} {site}{and_used} once the program is "
		  "done with it, on every path, even with data unread: nothing reads it any more, "
		  "so its EOF goes unnoticed.",
		  "Close it once the program is done with it, on every path, even with data "
		  "unread." },
	},
	{
		ANY_REASON,
		ADVICE_POOLED,
		{ "Close the connection {opened} {site} before the peer's idle timeout, or watch "
		  "it for EPOLLRDHUP (or read before reuse) and close() it." },
	},
	{
		ANY_REASON,
		0,
		{ "Call {call} on the connection {opened} {site}{and_used} when the program is "
		  "done with it, on every path, or when a read of it returns 0.",
		  "Read until a read returns 0, then close." },
	},
};

const struct advice_table advice_of_fin_unread = {
	fin_unread,
	sizeof(fin_unread) / sizeof(fin_unread[0]),
};
