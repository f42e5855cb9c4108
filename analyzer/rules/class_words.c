/* SPDX-License-Identifier: MIT */
/* The one table of what classes and reasons mean. */
#include "analyzer/rules/class_words.h"

#include <string.h>

static const struct class_words classes[CLASS_COUNT] = {
	[CLASS_EOF_UNCLOSED] = {
		.name = "eof-unclosed",
		.headline = "EOF was read, but the socket was never closed.",
		.verdict = VERDICT_LEAK,
		.means =
			"A read returned 0 (EOF): the peer has closed, and the program has seen it, but "
			"it never closed the socket. Most often, one of several paths returns without "
			"close(): on an error, after an exception, in one of two handlers, or after "
			"EPOLL_CTL_DEL, which closes nothing.",
		.fix =
			"Call close() where the read returns 0. In languages with scopes, let the scope "
			"close (a destructor, with, defer, try-with-resources).",
	},
	[CLASS_FIN_UNREAD] = {
		.name = "fin-unread",
		.headline = "The peer closed, but the program never read the EOF.",
		.verdict = VERDICT_LEAK,
		.means =
			"No read returned 0 after the peer had closed, so even a correct EOF handler "
			"never ran. The reason shows why the program did not read.",
		.fix =
			"Read idle connections, or watch them for EPOLLRDHUP; close what is no longer "
			"needed.",
	},
	[CLASS_NEVER_ACCEPTED] = {
		.name = "never-accepted",
		.headline = "The connection died in the listen backlog: accept() never took it.",
		.verdict = VERDICT_LEAK,
		.means =
			"A client connected, waited in the queue of a listener, and gave up before "
			"accept() took it. The kernel keeps it in CLOSE_WAIT until it is accepted or "
			"the listener is closed.",
		.fix =
			"Call accept() until the queue is empty. The thread that should do so is blocked, too "
			"slow, or out of descriptors: the report shows what it is doing.",
	},
	[CLASS_DUPLICATE_HELD] = {
		.name = "duplicate-held",
		.headline = "Closed, but a duplicate in the same process is still open.",
		.verdict = VERDICT_LEAK,
		.means =
			"The program closed a descriptor of the socket, but dup(), dup2() or "
			"fcntl(F_DUPFD) had made another one, which is still open. The connection stays "
			"open until its last descriptor is closed.",
		.fix =
			"Close the duplicate too.",
	},
	[CLASS_HELD_ELSEWHERE] = {
		.name = "held-elsewhere",
		.headline = "One process no longer uses it, but another one still holds it.",
		.verdict = VERDICT_LEAK,
		.means =
			"The program closed the socket, but another process (or io_uring) also holds "
			"it, so the connection stays open. The reason shows how the other one got it.",
		.fix =
			"Open sockets close-on-exec (SOCK_CLOEXEC, accept4()). After a fork, close in "
			"each process the sockets that it does not serve.",
	},
	[CLASS_SHUTDOWN_UNCLOSED] = {
		.name = "shutdown-unclosed",
		.headline = "shutdown() was called, but the socket was never closed.",
		.verdict = VERDICT_LEAK,
		.means =
			"shutdown() ended the connection, but the descriptor is still open. The peer "
			"sees the end, but ss and netstat show nothing: the socket has left their "
			"tables.",
		.fix =
			"Call close() after the shutdown(). In most cases, close() alone is enough.",
	},
	[CLASS_ERROR_UNCLOSED] = {
		.name = "error-unclosed",
		.headline = "The connection failed for good, but the socket was never closed.",
		.verdict = VERDICT_LEAK,
		.means =
			"A read or a write failed for good (ECONNRESET, EPIPE, ETIMEDOUT), or the "
			"connection was reset and nobody noticed, and the socket is still open. It is "
			"in state CLOSED, which ss does not list.",
		.fix =
			"Close the socket where the call fails: no later call on it can succeed.",
	},
	[CLASS_CONNECT_UNCLOSED] = {
		.name = "connect-unclosed",
		.headline = "connect() failed, but the socket was never closed.",
		.verdict = VERDICT_LEAK,
		.means =
			"connect() failed and the socket was forgotten, typically in a loop that "
			"retries with a new one.",
		.fix =
			"Close the socket before the next attempt.",
	},
	[CLASS_LATE_CLOSE] = {
		.name = "late-close",
		.headline = "Closed, but late.",
		.verdict = VERDICT_WARNING,
		.means =
			"The socket was closed, but --late (10 s) or more after EOF: by a sweep, a "
			"garbage collector or a timeout that did what the reader should have done. No "
			"descriptor is lost for good, but under load they run out.",
		.fix =
			"Close the socket when the read returns 0.",
	},
	[CLASS_EXIT_UNCLOSED] = {
		.name = "exit-unclosed",
		.headline = "The connection finished right before the process ended.",
		.verdict = VERDICT_NOTE,
		.means =
			"The connection ended less than --min-held (100 ms) before the process did. "
			"This is a note, because the program might still have closed it. With --strict, "
			"which -e without --min-held implies, it is a leak if the process opened or "
			"accepted the socket itself and exited on its own.",
		.fix =
			"Close the socket on the path that found the connection ended. As a note, it "
			"needs no fix unless a longer run reports it again.",
	},
};

static const struct reason_words reasons[REASON_COUNT] = {
	[REASON_NOT_POLLED] = {
		.name = "not-polled",
		.means =
			"No epoll descriptor watches the socket. It is idle, for example in the pool of "
			"a client whose server closes idle connections earlier than the client does.",
		.fix =
			"Close a connection when the program is done with it, on every path. Give a pool "
			"an idle timeout below the server's, or watch idle connections for EPOLLRDHUP "
			"and close them.",
	},
	[REASON_NOT_POLLED_SINCE] = {
		.name = "not-polled-since",
		.headline = "The peer closed, and the event loop has not polled since.",
		.means =
			"epoll watches the connection, but epoll_wait() has not been called since the "
			"peer closed: the loop is stuck in a handler, on a lock or in a blocking call, "
			"or never started.",
		.fix =
			"Find out why the polling thread does not return to epoll_wait(): the report "
			"shows what it is doing. A handler must not block.",
	},
	[REASON_READING_PAUSED] = {
		.name = "reading-paused",
		.means =
			"The socket is registered with epoll, but neither for EPOLLIN nor for "
			"EPOLLRDHUP: reading was paused (backpressure), or EPOLLONESHOT was not "
			"re-armed.",
		.fix =
			"Resume reading, or keep EPOLLRDHUP among the events while reading is paused.",
	},
	[REASON_HANGUP_IGNORED] = {
		.name = "hangup-ignored",
		.means =
			"epoll reports the EOF to the program, but the program does not read.",
		.fix =
			"Read until a read returns 0 (with EPOLLET: until it returns 0 or EAGAIN), then "
			"close.",
	},
	[REASON_DATA_UNREAD] = {
		.name = "data-unread",
		.means =
			"Data before the EOF is unread: the program stopped reading.",
		.fix =
			"Close the socket when the program is done with it, even with data unread.",
	},
	[REASON_FORKED_CHILD] = {
		.name = "forked-child",
		.headline = "The program no longer uses it, but a forked child still holds it.",
		.means =
			"A forked child inherited the socket and keeps it open.",
		.fix =
			"In the child, after the fork, close every socket that it does not serve.",
	},
	[REASON_PARENT] = {
		.name = "parent",
		.headline = "A child no longer uses it, but its parent still holds it.",
		.means =
			"A parent handed the connection to a child and kept its own descriptor.",
		.fix =
			"In the parent, after the fork, close the connection.",
	},
	[REASON_EXEC_CHILD] = {
		.name = "exec-child",
		.headline = "The program no longer uses it, but a program it started still holds it.",
		.means =
			"A program that was started while the socket was open inherited it, because it "
			"was not close-on-exec.",
		.fix =
			"Open the socket with SOCK_CLOEXEC, or accept it with accept4() and "
			"SOCK_CLOEXEC.",
	},
	[REASON_PASSED] = {
		.name = "passed",
		.headline = "The program no longer uses it, but a process it was passed to still holds it.",
		.means =
			"The socket was sent to another process (SCM_RIGHTS), which keeps it.",
		.fix =
			"Close the socket in the receiving process too.",
	},
	[REASON_IO_URING] = {
		.name = "io-uring",
		.headline = "Closed, but io_uring still holds it.",
		.means =
			"The socket is registered with a ring, so closing the descriptor does not end "
			"the connection.",
		.fix =
			"Take it out of the ring (io_uring_register_files_update() with -1).",
	},
	[REASON_HALF_CLOSED] = {
		.name = "half-closed",
		.headline = "EOF was read, but the program is still sending.",
		.means =
			"The peer has closed only its sending side, and the program still sends, which "
			"is legal. It is no leak as long as it does.",
		.fix =
			"Nothing to fix while it is in use. Close the socket when there is nothing more "
			"to send.",
	},
	[REASON_SPINNING] = {
		.name = "spinning",
		.headline = "EOF was read over and over before the close.",
		.means =
			"EOF was read a thousand times or more before the socket was closed. A socket "
			"at EOF stays readable, so a loop that keeps polling it never sleeps.",
		.fix =
			"Close the socket, or stop polling it, at the first read that returns 0.",
	},
	[REASON_CLOSED_AT_EXIT] = {
		.name = "closed-at-exit",
		.headline = "Not closed until the program exited.",
		.means =
			"The sockets were closed, but only when the program ended: by a SIGTERM "
			"handler, atexit(), a destructor or the interpreter's teardown. While the "
			"program ran, each one cost a descriptor, so they are leaks however the program "
			"ends.",
		.fix =
			"Close the socket when the connection ends, not when the program ends.",
	},
};

const struct class_words *class_words(enum leak_class class)
{
	return &classes[class];
}

const struct reason_words *reason_words(enum leak_reason reason)
{
	return &reasons[reason];
}

bool class_by_name(const char *name, enum leak_class *class)
{
	unsigned int i;

	for (i = 0; i < CLASS_COUNT; i++) {
		if (strcmp(classes[i].name, name) != 0)
			continue;
		*class = i;
		return true;
	}
	return false;
}

bool reason_by_name(const char *name, enum leak_reason *reason)
{
	unsigned int i;

	for (i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		if (strcmp(reasons[i].name, name) != 0)
			continue;
		*reason = i;
		return true;
	}
	return false;
}

const char *leak_class_name(enum leak_class class)
{
	return classes[class].name;
}

const char *leak_reason_name(enum leak_reason reason)
{
	return reasons[reason].name;
}
