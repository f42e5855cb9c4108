/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/advice.h"

#include "analyzer/rules/class_words.h"

#define ANY_REASON REASON_COUNT

static const struct advice table[] = {
	/* eof-unclosed */
	{
		CLASS_EOF_UNCLOSED,
		REASON_HALF_CLOSED,
		ADVICE_AT_OPENING,
		{ "Nothing to fix yet: the program still sends. Call close() on the connection "
		  "{opened} {site}{and_used} once its reply is sent." },
	},
	{
		CLASS_EOF_UNCLOSED,
		REASON_HALF_CLOSED,
		ADVICE_SENT,
		/* The proof goes first. */
		{ "Nothing to fix yet: the program sent data {sent_ms} ms after {site} read EOF, "
		  "and may send more. Call {close} after the last send{sending}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		REASON_HALF_CLOSED,
		0,
		{ "Nothing to fix yet: the program still sends after {site} read EOF. Call "
		  "{close} after the last send{sending}.",
		  "The program still sends: no leak while it does." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_IN_LOOP | ADVICE_LIBRARY | ADVICE_SIBLINGS_CLOSED,
		{ "Call {close} when {ends}, as {closing} does for other connections: "
		  "{lacks}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_IN_LOOP | ADVICE_LIBRARY,
		{ "Call {close} when {ends}: {lacks}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_IN_LOOP | ADVICE_SIBLINGS_CLOSED,
		{ "Call {close} when a read of it {ends}, as {closing} does for other "
		  "connections: {lacks}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_IN_LOOP,
		{ "Call {close} when a read of it {ends}: {lacks}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_AT_OPENING | ADVICE_RING,
		{ "Call close() on the connection {opened} {site}{and_used} when io_uring "
		  "completes a read of it with 0." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_OPENS | ADVICE_RUNTIME,
		{ "Call {close}, on every path: until then {library} keeps the connection {opened} "
		  "{site}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Close the connection {opened} {site}{and_used} where its EOF arrives. If a "
		  "pool keeps it, close it before the peer's idle timeout." },
	},
	{
		/* The program does not read itself: what it gets is what it can act upon. */
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_LIBRARY | ADVICE_KEEPS_OPEN | ADVICE_LIBRARY_CALL,
		{ "Call {close} when {read} in {site} {ends}: SSL_free() does not close it." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_LIBRARY | ADVICE_KEEPS_OPEN,
		{ "Call {close} when {library} below {site} {ends}: SSL_free() does not close "
		  "it." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_LIBRARY,
		{ "Call {close} when {ends}: {library} does not close it." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_LEFT_EPOLL,
		{ "Call {call} after the EPOLL_CTL_DEL in {used} that follows the EOF read in "
		  "{site}: removing a descriptor from epoll does not close it." },
	},
	{
		/* A proxy: the other side is closed. */
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_CLOSED_OTHER,
		{ "Also close the connection opened in {opening} where {next} closes only "
		  "another connection, right after the EOF of this one." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_READ_AGAIN,
		{ "Treat a read that {ends} in {site}{called} as the end: call {close}, and do "
		  "not poll it again." },
	},
	{
		/* What closes may depend on the connection: a close in the caller would close
		   twice. */
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED | ADVICE_PARTED_BEFORE,
		{ "Call {call} on the path that does not reach {closing} through {turn}, once the "
		  "read in {site} {ends}{scope}." },
	},
	{
		/* The read lies in a wrapper, or deeper: what matters is who called it. */
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED | ADVICE_PARTED,
		{ "Call {call} on this path in {here} too when the read in {site} {ends}{scope}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED | ADVICE_PARTED_AT_SITE,
		{ "Call {call} on this path too when the read in {site} {ends}{scope}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED,
		{ "Call {call} on this path too when the read in {site}{called} {ends}, as "
		  "{closing} does for others{scope}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_EXIT | ADVICE_SCRIPT,
		{ "Call {close} when the read in {site}{called} {ends}: {closed} closed it only at "
		  "exit." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_EXIT,
		{ "Call {close} when the read in {site}{called} {ends}; {closed}, which closed it "
		  "only at exit, must not close it again." },
	},
	{
		/* A reply to the end: a close at the read would be too early. */
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_REPLIED,
		{ "Call {close} after the send in {next}, which follows the read in "
		  "{site}{called} that {ends}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		0,
		{ "Call {close} when the read in {site}{called} {ends}.",
		  "Close the socket when a read of it returns 0." },
	},

	/* fin-unread: a pool may keep what it uses again; who has served a connection is done. */
	{
		CLASS_FIN_UNREAD,
		ANY_REASON,
		/* Its thread opens them: the site is no place of the program's. */
		ADVICE_OPENS | ADVICE_RUNTIME,
		{ "Call {close}, on every path: until then {library} keeps the connection {opened} "
		  "{site}." },
	},
	{
		CLASS_FIN_UNREAD,
		ANY_REASON,
		ADVICE_OPENS | ADVICE_POOLED,
		{ "Call {close} in {site} before the peer's idle timeout: {library} keeps the "
		  "connection, and nothing watches it while it is idle." },
	},
	{
		CLASS_FIN_UNREAD,
		ANY_REASON,
		ADVICE_OPENS,
		{ "Call {close} in {site}, on every path: until then {library} keeps the "
		  "connection." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_POOLED,
		{ "Nothing watches the connection {opened} {site} while it is idle. Close idle "
		  "connections before the peer's idle timeout, or watch them for EPOLLRDHUP (or "
		  "read before reuse) and close() them." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED | ADVICE_PAUSED,
		{ "Call {call} on the connection {accepted} {opening} once it is served, on every "
		  "path. Its EOF goes unnoticed, because epoll has not watched it since "
		  "{paused}." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED | ADVICE_IN_LOOP,
		{ "Call {call} on the connection {accepted} {site}{and_used} once it is served, on "
		  "every "
		  "path: nothing reads it any more, so its EOF goes unnoticed." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED | ADVICE_SIBLINGS_CLOSED,
		{ "Call {call} on the connection {accepted} {site}{and_used} once it is served, "
		  "on every "
		  "path, as {closing} does for others: nothing reads it any more, so its EOF goes "
		  "unnoticed." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED,
		{ "Call {call} on the connection {accepted} {site}{and_used} once it is served, "
		  "on every "
		  "path: nothing reads it any more, so its EOF goes unnoticed." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_SIBLINGS_CLOSED,
		{ "Call {call} on the connection {opened} {site}{and_used} when the program is "
		  "done with it, on every path, as {closing} does for others: nothing reads it any "
		  "more, so its EOF goes unnoticed. If a pool keeps it, close it before the peer's "
		  "idle timeout." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		0,
		{ "Call {call} on the connection {opened} {site}{and_used} when the program is "
		  "done with it, on every path: nothing reads it any more, so its EOF goes "
		  "unnoticed. If a pool keeps it, close it before the peer's idle timeout.",
		  "No epoll descriptor watches it. Watch idle connections for EPOLLRDHUP and close "
		  "them when the peer has, or close them before the peer's idle timeout." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_LOCKED,
		{ "Find who holds the lock that keeps the polling thread from epoll_wait(): it "
		  "{doing} in {thread}{for}. A handler must not block." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING | ADVICE_THREAD_AT,
		{ "Let the polling thread return to epoll_wait(). It {doing} in {thread}{for}. A "
		  "handler must not block." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING,
		{ "Find what keeps the loop from calling epoll_wait(): its thread {doing}{for}. A "
		  "handler must not block." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED_SINCE,
		0,
		{ "Find what keeps the loop from calling epoll_wait(): a handler must not block. "
		  "The EOF "
		  "of the connection {opened} {site} waits to be reported." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_READING_PAUSED,
		ADVICE_PAUSED | ADVICE_ARMED_ONCE | ADVICE_USED,
		{ "Call epoll_ctl(EPOLL_CTL_MOD) again, on every path, after {touched} has used "
		  "it: EPOLLONESHOT, set in {paused}, reports one event only." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_READING_PAUSED,
		ADVICE_PAUSED | ADVICE_ARMED_ONCE,
		{ "Call epoll_ctl(EPOLL_CTL_MOD) again, on every path, after each event: "
		  "EPOLLONESHOT, set in {paused}, reports one event only." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_READING_PAUSED,
		ADVICE_PAUSED,
		{ "Ask epoll for EPOLLIN again, on every path, after the pause in {paused}; or "
		  "keep "
		  "EPOLLRDHUP among the events, and close() when it is reported." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_READING_PAUSED,
		0,
		{ "Resume reading the connection {opened} {site} (EPOLLONESHOT: arm it again), or "
		  "keep EPOLLRDHUP among its events and close() when it is reported.",
		  "epoll has it, but is not asked for its EOF. Resume reading (EPOLLONESHOT: arm "
		  "it again), or keep EPOLLRDHUP among its events and close when it is "
		  "reported." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_HANGUP_IGNORED,
		ADVICE_RUNTIME,
		{ "Call {call} on the connection {opened} {site}{and_used} when the program is "
		  "done with it, on every path: nothing reads it any more, so its EOF goes "
		  "unnoticed." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_HANGUP_IGNORED,
		0,
		{ "Handle the EOF that epoll has reported for the connection {opened} "
		  "{site}{and_used}: close() it where EPOLLRDHUP is handled, or read (with EPOLLET "
		  "until EAGAIN) and close() once a read returns 0.",
		  "epoll has reported its EOF. Close it where EPOLLRDHUP is handled, or read (with "
		  "EPOLLET until EAGAIN) and close once a read returns 0." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_DATA_UNREAD,
		0,
		{ "Call {call} on the connection {opened} {site}{and_used} once the program is "
		  "done with it, on every path, even with data unread: nothing reads it any more, "
		  "so its EOF goes unnoticed.",
		  "Close it once the program is done with it, on every path, even with data "
		  "unread." },
	},
	{
		CLASS_FIN_UNREAD,
		ANY_REASON,
		ADVICE_POOLED,
		{ "Close the connection {opened} {site} before the peer's idle timeout, or watch "
		  "it for EPOLLRDHUP (or read before reuse) and close() it." },
	},
	{
		CLASS_FIN_UNREAD,
		ANY_REASON,
		0,
		{ "Keep reading the socket {opened} {site} until a read returns 0, then close() "
		  "it.",
		  "Read until a read returns 0, then close." },
	},

	/* The other classes. */
	{
		CLASS_NEVER_ACCEPTED,
		ANY_REASON,
		ADVICE_NO_DESCRIPTORS,
		{ "Close the descriptors that leak, or raise the limit: all are in use, so "
		  "accept() on the listener of {site} fails with EMFILE." },
	},
	{
		CLASS_NEVER_ACCEPTED,
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_ENDED,
		{ "Call accept() in another thread, or close the listener of {site}: the thread "
		  "that should accept {doing}." },
	},
	{
		CLASS_NEVER_ACCEPTED,
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_RUNS,
		{ "Call accept() on the listener of {site} until its queue is empty before other "
		  "work, or in a thread of its own: the thread that should accept {doing}, so it "
		  "is too slow." },
	},
	{
		CLASS_NEVER_ACCEPTED,
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_WAITS | ADVICE_THREAD_AT,
		{ "Poll the listener of {site} too, and call accept() until its queue is "
		  "empty. The thread that should accept {doing} in {thread}{for}." },
	},
	{
		CLASS_NEVER_ACCEPTED,
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_LOCKED,
		{ "Find who holds the lock that keeps the thread that should accept from accept() "
		  "on the listener of {site}: it {doing} in {thread}{for}." },
	},
	{
		CLASS_NEVER_ACCEPTED,
		ANY_REASON,
		ADVICE_DOING | ADVICE_THREAD_AT,
		{ "Let the thread that should accept return to accept() on the listener of {site}. "
		  "It {doing} in {thread}{for}." },
	},
	{
		CLASS_NEVER_ACCEPTED,
		ANY_REASON,
		ADVICE_DOING,
		{ "Call accept() on the listener of {site} until its queue is empty. The thread "
		  "that should do so {doing}{for}." },
	},
	{
		CLASS_NEVER_ACCEPTED,
		ANY_REASON,
		0,
		{ "Call accept() on the listener of {site} until its queue is empty. The thread "
		  "that should do so is blocked, too slow, or out of descriptors.",
		  "Call accept() until the queue is empty. The thread that should do so is "
		  "blocked, too "
		  "slow, or out of descriptors." },
	},
	{
		CLASS_DUPLICATE_HELD,
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Close the duplicate of the connection {opened} {site} too: it stays open until "
		  "its last descriptor is closed." },
	},
	{
		CLASS_DUPLICATE_HELD,
		ANY_REASON,
		ADVICE_CLOSED,
		{ "Close the duplicate made in {site} too, where {closed} closes the other "
		  "descriptor: the connection stays open until its last descriptor is "
		  "closed." },
	},
	{
		CLASS_DUPLICATE_HELD,
		ANY_REASON,
		0,
		{ "Close the duplicate made in {site} too: the connection stays open until its "
		  "last descriptor is closed." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_FORKED_CHILD,
		0,
		{ "After the fork in {site}, close in the child every connection that it does not "
		  "serve: here the one opened in {opening}." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_PARENT,
		0,
		{ "After the fork{fork}, close in the parent the connection that was {opened} "
		  "{site}: the child has its own descriptor." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_EXEC_CHILD,
		0,
		{ "Open the socket close-on-exec (SOCK_CLOEXEC; accept4()) in {opening}, or close "
		  "it before exec in the child that began in {site}." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_IO_URING,
		ADVICE_CLOSED,
		{ "Take the socket {opened} {site} out of the ring's registered files, or cancel "
		  "its pending requests, before {closed} closes its descriptor: close() alone does "
		  "not end the connection." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_IO_URING,
		0,
		{ "Take the socket {opened} {site} out of the ring's registered files, or cancel "
		  "its pending requests: close() alone does not end the connection." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_PASSED,
		ADVICE_RECEIVED,
		{ "Close the socket, once it is served, in the process that received it in "
		  "{receiver}." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_PASSED,
		0,
		{ "Close the socket in the process that it was passed to, too: it was {opened} "
		  "{site}." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		ANY_REASON,
		0,
		{ "Close the socket in the other process too: it was {opened} {site}." },
	},
	{
		CLASS_SHUTDOWN_UNCLOSED,
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Call close() after the shutdown() of the connection {opened} {site}: shutdown "
		  "ends the connection, not the descriptor." },
	},
	{
		CLASS_SHUTDOWN_UNCLOSED,
		ANY_REASON,
		0,
		{ "Call close() after the shutdown() in {site}: shutdown ends the connection, not "
		  "the descriptor.",
		  "shutdown() does not free the descriptor: call close() after it." },
	},
	{
		CLASS_ERROR_UNCLOSED,
		ANY_REASON,
		ADVICE_IN_LOOP,
		{ "Call {close} when {failing} fails{error}: {lacks}." },
	},
	{
		CLASS_ERROR_UNCLOSED,
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Read the connection {opened} {site} or watch it (epoll reports EPOLLERR and "
		  "EPOLLHUP unasked) while it is idle, and close() it when it fails: the program "
		  "has not noticed." },
	},
	{
		CLASS_ERROR_UNCLOSED,
		ANY_REASON,
		ADVICE_NOTE,
		{ "Call {call} when {failing} in {site}{called} fails{error}.",
		  "The connection was reset, and the program has not noticed: it has not used the "
		  "socket since." },
	},
	{
		CLASS_ERROR_UNCLOSED,
		ANY_REASON,
		ADVICE_DROPPED,
		{ "Call {call} in {site}{called} when epoll reports EPOLLHUP or EPOLLERR: "
		  "EPOLL_CTL_DEL leaves the socket open." },
	},
	{
		CLASS_ERROR_UNCLOSED,
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED,
		{ "Call {call} on this path too when {failing} in {site}{called} fails{error}, as "
		  "{closing} does for others{scope}." },
	},
	{
		CLASS_ERROR_UNCLOSED,
		ANY_REASON,
		ADVICE_EXIT,
		{ "Call {call} when {failing} in {site}{called} fails{error}: {closed} closed it "
		  "only at exit." },
	},
	{
		CLASS_ERROR_UNCLOSED,
		ANY_REASON,
		0,
		{ "Call {call} when {failing} in {site}{called} fails{error}.",
		  "Close the socket when a call on it fails for good." },
	},
	{
		CLASS_CONNECT_UNCLOSED,
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Call close() on the socket {opened} {site} when its connect() fails, before "
		  "the next attempt opens another socket." },
	},
	{
		CLASS_CONNECT_UNCLOSED,
		ANY_REASON,
		0,
		{ "Call close() when connect() in {site}{called} fails, before the next attempt "
		  "opens "
		  "another socket." },
	},
	{
		CLASS_LATE_CLOSE,
		REASON_SPINNING,
		ADVICE_CLOSED,
		{ "Close the connection at the first read that {ends} in {site}, or stop "
		  "polling it until {closed} closes it: EOF keeps it readable, so the loop never "
		  "sleeps." },
	},
	{
		CLASS_LATE_CLOSE,
		REASON_SPINNING,
		0,
		{ "Close the connection at the first read that {ends} in {site}, or stop "
		  "polling it: EOF keeps it readable, so the loop never sleeps." },
	},
	{
		/* Nobody read it. */
		CLASS_LATE_CLOSE,
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Read the connection {opened} {site} or watch it for the end (EPOLLRDHUP) "
		  "while it is idle, and close it soon after the peer has." },
	},
	{
		CLASS_LATE_CLOSE,
		ANY_REASON,
		ADVICE_CLOSED | ADVICE_SCRIPT,
		{ "Call {call} when the read in {site}{called} {ends}: {closed} did so {held} "
		  "later." },
	},
	{
		CLASS_LATE_CLOSE,
		ANY_REASON,
		ADVICE_CLOSED,
		{ "Call {call} when the read in {site}{called} {ends}; {closed}, which did so "
		  "{held} later, must not close it again." },
	},
	{
		CLASS_LATE_CLOSE,
		ANY_REASON,
		0,
		{ "Call {call} when the read in {site}{called} {ends}, not {held} later." },
	},
	{
		CLASS_EXIT_UNCLOSED,
		ANY_REASON,
		ADVICE_AT_OPENING | ADVICE_NOTE,
		{ "Nothing, if the program was meant to exit {held} after the connection {opened} "
		  "{site} had finished; otherwise call close() on it." },
	},
	{
		CLASS_EXIT_UNCLOSED,
		ANY_REASON,
		ADVICE_NOTE,
		{ "Nothing, if the program was meant to exit {held} after the call in "
		  "{site}{called} found it finished; otherwise call {call} there." },
	},
	{
		CLASS_EXIT_UNCLOSED,
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Call close() on the connection {opened} {site} before the program ends, or when "
		  "it is reset." },
	},
	{
		CLASS_EXIT_UNCLOSED,
		ANY_REASON,
		ADVICE_DROPPED,
		{ "Call {call} in {site}{called} when epoll reports EPOLLHUP or EPOLLERR: "
		  "EPOLL_CTL_DEL leaves the socket open." },
	},
	{
		CLASS_EXIT_UNCLOSED,
		ANY_REASON,
		0,
		{ "Call {call} when the call in {site}{called} has found the end of the "
		  "connection: "
		  "the program ended without that." },
	},
};

const struct advice *advice_all(size_t *count)
{
	*count = sizeof(table) / sizeof(table[0]);
	return table;
}

const char *advice_word_name(enum advice_word word)
{
	static const char *const names[ADVICE_WORDS] = {
		[WORD_SITE] = "site",         [WORD_CLOSING] = "closing",
		[WORD_HERE] = "here",         [WORD_CALL] = "call",
		[WORD_CLOSE] = "close",       [WORD_ENDS] = "ends",
		[WORD_LIBRARY] = "library",   [WORD_READ] = "read",
		[WORD_SENT_MS] = "sent_ms",   [WORD_DOING] = "doing",
		[WORD_OPENED] = "opened",     [WORD_ACCEPTED] = "accepted",
		[WORD_CALLED] = "called",     [WORD_CLOSED] = "closed",
		[WORD_USED] = "used",         [WORD_HELD] = "held",
		[WORD_OPENING] = "opening",   [WORD_PAUSED] = "paused",
		[WORD_TOUCHED] = "touched",   [WORD_NEXT] = "next",
		[WORD_THREAD] = "thread",     [WORD_FOR] = "for",
		[WORD_AND_USED] = "and_used", [WORD_FAILING] = "failing",
		[WORD_ERROR] = "error",       [WORD_FORK] = "fork",
		[WORD_SCOPE] = "scope",       [WORD_SENDING] = "sending",
		[WORD_LACKS] = "lacks",       [WORD_RECEIVER] = "receiver",
		[WORD_TURN] = "turn",
	};

	return names[word];
}

const char *advice_for(enum leak_class class, enum leak_reason reason, uint64_t when,
		       enum advice_text whom)
{
	size_t count, i;
	const struct advice *rows = advice_all(&count);

	for (i = 0; i < count; i++)
		if (rows[i].class == class && rows[i].text[whom] &&
		    (rows[i].reason == reason || rows[i].reason == ANY_REASON) &&
		    (rows[i].when & ~when) == 0)
			return rows[i].text[whom];
	return class_words(class)->fix;
}
