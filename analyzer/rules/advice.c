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
		{ "Nothing now: the program still sends. close() the connection {opened} {site} "
		  "when its answer is complete." },
	},
	{
		CLASS_EOF_UNCLOSED,
		REASON_HALF_CLOSED,
		ADVICE_SENT,
		/* The proof goes first. */
		{ "Nothing now: the program sent data {sent_ms} ms after EOF, and "
		  "may go on. {call} when the answer to what {site} read is complete." },
	},
	{
		CLASS_EOF_UNCLOSED,
		REASON_HALF_CLOSED,
		0,
		{ "Nothing now: the program still sends. {call} when the answer to what {site} "
		  "read is complete.",
		  "The program still sends: no leak while it does." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_IN_LOOP | ADVICE_LIBRARY | ADVICE_SIBLINGS_CLOSED,
		{ "Call {close} when {ends}, as {closing} does on other paths: the handler around "
		  "{site} does not." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_IN_LOOP | ADVICE_LIBRARY,
		{ "Call {close} when {ends}: the handler around {site} does not." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_IN_LOOP | ADVICE_SIBLINGS_CLOSED,
		{ "Call {close} when a read of it {ends}, as {closing} does on other paths: the "
		  "handler around {site} does not." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_IN_LOOP,
		{ "Call {close} when a read of it {ends}: the handler around {site} does not." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Close the connection {opened} {site} where its end is read; if it only "
		  "waits to be used again, drop it after a time shorter than the peer's." },
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
		{ "Call {close} when {ends}: {library} does not close it by itself." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_LEFT_EPOLL,
		{ "Call {call} after the EPOLL_CTL_DEL that follows the EOF read in "
		  "{site}: leaving epoll does not close." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_READ_AGAIN,
		{ "Treat a read that {ends} in {site} as the end: call {close}, do not poll it "
		  "again." },
	},
	{
		/* The read lies in a wrapper, or deeper: what matters is who called it. */
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED | ADVICE_PARTED,
		{ "Call {call} on this path in {here} too when the read in {site} {ends}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED | ADVICE_PARTED_AT_SITE,
		{ "Call {call} on this path too when the read in {site} {ends}." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		ADVICE_SIBLINGS_CLOSED,
		{ "Call {call} on this path too when the read in {site} {ends}, as {closing} does "
		  "on the others." },
	},
	{
		CLASS_EOF_UNCLOSED,
		ANY_REASON,
		0,
		{ "Call {close} when the read in {site} {ends}.",
		  "Close the socket when a read of it returns 0. `finleak run` names the line "
		  "that read it." },
	},

	/* fin-unread: a pool may keep what it uses again; who has served a connection is done. */
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_POOLED,
		{ "Nothing watches the connection {opened} {site} while it is idle. Drop idle "
		  "connections after a time shorter than the peer's, or watch them for the end "
		  "(EPOLLRDHUP; a read before reuse), and close() them." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED | ADVICE_IN_LOOP,
		{ "Call {call} on the connection {accepted} {site} once it is served, on every "
		  "path: nothing reads on until its end." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED | ADVICE_SIBLINGS_CLOSED,
		{ "Call close() on the connection {accepted} {site} once it is served, on every "
		  "path, as {closing} does for others: nothing reads on until its end." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_ACCEPTED,
		{ "Call close() on the connection {accepted} {site} once it is served, on every "
		  "path: nothing reads on until its end." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		ADVICE_SIBLINGS_CLOSED,
		{ "Call close() on the connection {opened} {site} when the program is done with "
		  "it, on every path, as {closing} does for others: nothing reads on until its "
		  "end." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED,
		0,
		{ "Call close() on the connection {opened} {site} when the program is done with "
		  "it, on every path: nothing reads on until its end.",
		  "No epoll descriptor watches it. Watch idle connections for EPOLLRDHUP, or drop "
		  "them after a time shorter than the peer's, and close them when the peer has. "
		  "`finleak run` names where it was opened." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED_SINCE,
		ADVICE_DOING,
		{ "Find out why the loop does not get back to epoll_wait() (its thread {doing}): "
		  "a handler must not block. The end of the connection {opened} {site} has not "
		  "been reported to it." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_NOT_POLLED_SINCE,
		0,
		{ "Find out why the loop does not get back to epoll_wait(): a handler must not "
		  "block. The end of the connection {opened} {site} has not been reported to "
		  "it." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_READING_PAUSED,
		0,
		{ "Keep EPOLLRDHUP among the events of the connection {opened} {site} while "
		  "reading is paused, or arm it again (EPOLLONESHOT), and close() when it comes.",
		  "epoll knows it, but is not asked for its end. Keep EPOLLRDHUP among its events "
		  "while reading is paused, arm an EPOLLONESHOT again, and close when it comes." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_HANGUP_IGNORED,
		0,
		{ "epoll has reported the end of the connection {opened} {site}: read until that "
		  "returns 0 (with EPOLLET: until it returns 0 or EAGAIN), then close().",
		  "epoll has reported its end. Read until that returns 0 (with EPOLLET: until it "
		  "returns 0 or EAGAIN), then close." },
	},
	{
		CLASS_FIN_UNREAD,
		REASON_DATA_UNREAD,
		0,
		{ "Read what the peer sent on the connection {opened} {site} before it closed, "
		  "or give it up: {call} in either case.",
		  "Read what the peer sent before it closed, or give it up: close in either "
		  "case." },
	},
	{
		CLASS_FIN_UNREAD,
		ANY_REASON,
		ADVICE_POOLED,
		{ "Drop the connection {opened} {site} when it has been idle for a time shorter "
		  "than the peer's, or watch it for the end (EPOLLRDHUP; a read before reuse), "
		  "and close() it." },
	},
	{
		CLASS_FIN_UNREAD,
		ANY_REASON,
		0,
		{ "Keep reading the socket {opened} {site} until a read returns 0, then close() "
		  "it.",
		  "Read until that returns 0, then close." },
	},

	/* The other classes. */
	{
		CLASS_NEVER_ACCEPTED,
		ANY_REASON,
		0,
		{ "Call accept() on the listener of {site} until its queue is empty: whoever is "
		  "to do that is stuck, too slow, or out of descriptors.",
		  "Call accept() until the queue is empty: whoever is to do that is stuck, or out "
		  "of descriptors." },
	},
	{
		CLASS_DUPLICATE_HELD,
		ANY_REASON,
		ADVICE_AT_OPENING,
		{ "Close the duplicate of the connection {opened} {site} as well: the connection "
		  "ends with its last descriptor." },
	},
	{
		CLASS_DUPLICATE_HELD,
		ANY_REASON,
		0,
		{ "Close the duplicate made in {site} as well: the connection ends with its last "
		  "descriptor." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_FORKED_CHILD,
		0,
		{ "After the fork in {site}, close in the child the sockets that it does not "
		  "serve." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_PARENT,
		0,
		{ "After the fork, close in the parent the connection that was {opened} {site} "
		  "and handed to the child." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_EXEC_CHILD,
		0,
		{ "Open the socket close-on-exec (SOCK_CLOEXEC; accept4), or close it before the "
		  "program is started in {site}." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_IO_URING,
		0,
		{ "Take the socket {opened} {site} out of the ring's registered files (or cancel "
		  "what is under way on it): close() alone does not end it." },
	},
	{
		CLASS_HELD_ELSEWHERE,
		REASON_PASSED,
		0,
		{ "Close the socket in the process that it was passed to as well; here it was "
		  "{opened} {site}." },
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
		  "shutdown() does not give the descriptor back: call close() after it. `finleak "
		  "run` names the line." },
	},
	{
		CLASS_ERROR_UNCLOSED,
		ANY_REASON,
		ADVICE_IN_LOOP,
		{ "Call {close} when the connection fails: the handler around {site} does not." },
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
		{ "Call close() on the error path of {site}.",
		  "The connection was reset, and the program has not noticed: it has not used the "
		  "socket since." },
	},
	{
		CLASS_ERROR_UNCLOSED,
		ANY_REASON,
		0,
		{ "Call close() on the error path of {site}.",
		  "Close the socket when a call on it fails for good. `finleak run` names the "
		  "line." },
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
		{ "Call close() where connect() fails in {site}, before the next attempt opens "
		  "another socket." },
	},
	{
		CLASS_LATE_CLOSE,
		REASON_SPINNING,
		0,
		{ "Treat a read that returns 0 in {site} as the end: close the connection, do not "
		  "poll it again. Its end stays readable, so the loop never sleeps." },
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
		0,
		{ "Close soon after the EOF read in {site}." },
	},
	{
		CLASS_EXIT_UNCLOSED,
		ANY_REASON,
		ADVICE_AT_OPENING | ADVICE_NOTE,
		{ "Nothing: the process ended before it could close the connection {opened} "
		  "{site}." },
	},
	{
		CLASS_EXIT_UNCLOSED,
		ANY_REASON,
		ADVICE_NOTE,
		{ "Nothing: the process ended before {site} could close it." },
	},
	{
		CLASS_EXIT_UNCLOSED,
		ANY_REASON,
		0,
		{ "Call {call} on the path that leads to {site}, too: nobody did before the "
		  "program "
		  "ended." },
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
		[WORD_SITE] = "site",       [WORD_CLOSING] = "closing",
		[WORD_HERE] = "here",       [WORD_CALL] = "call",
		[WORD_CLOSE] = "close",     [WORD_ENDS] = "ends",
		[WORD_LIBRARY] = "library", [WORD_READ] = "read",
		[WORD_SENT_MS] = "sent_ms", [WORD_DOING] = "doing",
		[WORD_OPENED] = "opened",   [WORD_ACCEPTED] = "accepted",
	};

	return names[word];
}

const char *advice_for(enum leak_class class, enum leak_reason reason, unsigned int when,
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
