/* SPDX-License-Identifier: MIT */
#include "analyzer/report/fix_advice.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"

/* Demangled C++ names bring their parameters; <module> and <lambda> have none. */
static const char *parentheses_of(const struct frame *site)
{
	if (strchr(site->function, '(') || (site->script && strchr(site->function, '>')))
		return "";
	return "()";
}

/* "read_request() (worker.c:88)", as far as it is known; the caller frees it. */
static char *place_of(const struct frame *site)
{
	if (!site)
		return allocate_text("the program");
	if (site->function && site->file && site->line)
		return allocate_printed("%s%s (%s:%u)", site->function, parentheses_of(site),
					path_base(site->file), site->line);
	if (site->function)
		return allocate_printed("%s%s", site->function, parentheses_of(site));
	return allocate_printed("%s+0x%llx", site->module[0] ? path_base(site->module) : "the code",
				(unsigned long long)site->offset);
}

static char *elsewhere_advice(const struct report_leak *leak, const char *place)
{
	switch (leak->reason) {
	case REASON_FORKED_CHILD:
		return allocate_printed("After the fork in %s, close in the child the sockets that "
					"it does not serve.",
					place);
	case REASON_PARENT:
		return allocate_printed("After the fork, close in the parent the connection that "
					"was opened in %s and handed to the child.",
					place);
	case REASON_EXEC_CHILD:
		return allocate_printed("Open the socket close-on-exec (SOCK_CLOEXEC; accept4), or "
					"close it before the program is started in %s.",
					place);
	case REASON_IO_URING:
		return allocate_printed("Take the socket opened in %s out of the ring's registered "
					"files (or cancel what is under way on it): close() alone "
					"does not end it.",
					place);
	case REASON_PASSED:
		return allocate_printed("Close the socket in the process that it was passed to as "
					"well; here it was opened in %s.",
					place);
	default:
		return allocate_printed("Close the socket in the other process too: it was opened "
					"in %s.",
					place);
	}
}

/* ", as finish() (server.c:12) does for others"; "" where none was closed. The caller frees it. */
static char *example_of(const struct report_leak *leak)
{
	char *closing, *text;

	if (!leak->siblings_closed || !leak->closing_count)
		return allocate_text("");
	closing = place_of(leak->closings[0].site);
	text = allocate_printed(", as %s does for others", closing);
	free(closing);
	return text;
}

/* Nothing watches it. A pool may keep what it uses again; who has served a connection is done. */
static char *unwatched_advice(const struct report_leak *leak, const char *place)
{
	char *example, *text;

	if (leak->pooled && !leak->siblings_closed)
		return allocate_printed("Nothing watches the connection opened in %s while it is "
					"idle. Drop idle connections after a time shorter than the "
					"peer's, or watch them for the end (EPOLLRDHUP; a read "
					"before reuse), and close() them.",
					place);
	example = example_of(leak);
	if (leak->side == SIDE_ACCEPTED)
		text = allocate_printed("Call close() on the connection accepted in %s once it is "
					"served, on every path%s: nothing reads on until its end.",
					place, example);
	else
		text = allocate_printed("Call close() on the connection opened in %s when the "
					"program is done with it, on every path%s: nothing reads "
					"on until its end.",
					place, example);
	free(example);
	return text;
}

static char *not_polled_since_advice(const struct report_leak *leak, const char *place)
{
	const struct report_poller *poller = leak->poller;

	return allocate_printed("Find out why the loop does not get back to epoll_wait()%s%s%s: a "
				"handler must not block. The end of the connection opened in %s "
				"has not been reported to it.",
				poller && poller->doing[0] ? " (its thread " : "",
				poller ? poller->doing : "", poller && poller->doing[0] ? ")" : "",
				place);
}

static char *unread_advice(const struct report_leak *leak, const char *place)
{
	switch (leak->reason) {
	case REASON_NOT_POLLED:
		return unwatched_advice(leak, place);
	case REASON_NOT_POLLED_SINCE:
		return not_polled_since_advice(leak, place);
	case REASON_READING_PAUSED:
		return allocate_printed("Keep EPOLLRDHUP among the events of the connection opened "
					"in %s while reading is paused, or arm it again "
					"(EPOLLONESHOT), and close() when it comes.",
					place);
	case REASON_HANGUP_IGNORED:
		return allocate_printed("epoll has reported the end of the connection opened in "
					"%s: read until that returns 0 (with EPOLLET: until it "
					"returns 0 or EAGAIN), then close().",
					place);
	case REASON_DATA_UNREAD:
		return allocate_printed("Read what the peer sent on the connection opened in %s "
					"before it closed, or give it up: close() in either case.",
					place);
	default:
		return allocate_printed("Keep reading the socket opened in %s until a read returns "
					"0, then close() it.",
					place);
	}
}

/* How a program spells it that closes what it reads from. */
struct closing_words {
	const char *call;
	const char *close; /* CALL with what it is called on */
	const char *ends;  /* what the read that finds the end of stream does */
};

static const struct closing_words *closing_words_of(const struct report_leak *leak)
{
	static const struct closing_words descriptor = { "close()", "close() on the descriptor",
							 "returns 0" };
	static const struct closing_words stream = {
		"fclose()", "fclose() on the stream, which closes its descriptor,",
		"finds the end of the stream"
	};
	static const struct closing_words script = {
		"close()", "close() on the socket object (or use it in a with statement)",
		"returns nothing"
	};

	if (leak->site && leak->site->script)
		return &script;
	return leak->reads_stream ? &stream : &descriptor;
}

/* The proof goes first. */
static char *half_closed_advice(const struct report_leak *leak, const char *place,
				const struct closing_words *words)
{
	char *sent = leak->sent_after_eof_ms < 0
			     ? allocate_text("the program still sends")
			     : allocate_printed("the program sent data %.0f ms after the end of "
						"stream, and may go on",
						leak->sent_after_eof_ms);
	char *text = allocate_printed("Nothing now: %s. %s when the answer to what %s read is "
				      "complete.",
				      sent, words->call, place);

	free(sent);
	return text;
}

/* The read lies in a wrapper, or deeper: what matters is who called it, and goes on. */
static char *parting_advice(const struct report_leak *leak, const struct closing_words *words)
{
	char *here = place_of(leak->divergence.here), *reader = place_of(leak->site), *text;

	text = allocate_printed("Call %s on this path in %s too when the read in %s %s: on the "
				"others the call in line %u does it.",
				words->call, here, reader, words->ends,
				leak->divergence.closing->line);
	free(here);
	free(reader);
	return text;
}

static char *eof_advice(const struct report_leak *leak, const char *place)
{
	const struct closing_words *words = closing_words_of(leak);

	if (leak->read_unseen && leak->reason == REASON_NONE)
		return allocate_printed("close() the connection opened in %s where its end is "
					"read; if it only waits to be used again, drop it after a "
					"time shorter than the peer's.",
					place);
	if (leak->reason == REASON_HALF_CLOSED)
		return half_closed_advice(leak, place, words);
	if (leak->last_use == USE_EPOLL_DEL)
		return allocate_printed("Call %s after the EPOLL_CTL_DEL that follows the end "
					"of stream read in %s: leaving epoll does not close.",
					words->call, place);
	if (leak->eof_reads_max > 1)
		return allocate_printed("Treat a read that %s in %s as the end: call %s, do not "
					"poll it again.",
					words->ends, place, words->close);
	if (leak->siblings_closed && leak->closing_count) {
		const struct divergence *parts = &leak->divergence;
		char *closing = place_of(parts->closing ? parts->closing : leak->closings[0].site),
		     *text;

		if (parts->here && parts->here != leak->site)
			text = parting_advice(leak, words);
		else
			text = allocate_printed(
				"Call %s on this path too when the read in %s %s, as %s "
				"does on the others.",
				words->call, place, words->ends, closing);
		free(closing);
		return text;
	}
	return allocate_printed("Call %s when the read in %s %s.", words->close, place,
				words->ends);
}

char *fix_advice(const struct report_leak *leak)
{
	char *place = place_of(leak->site), *text;

	switch (leak->class) {
	case CLASS_EOF_UNCLOSED:
		text = eof_advice(leak, place);
		break;
	case CLASS_FIN_UNREAD:
		text = unread_advice(leak, place);
		break;
	case CLASS_NEVER_ACCEPTED:
		text = allocate_printed("Call accept() on the listener of %s until its queue is "
					"empty: whoever is to do that is stuck, too slow, or out "
					"of descriptors.",
					place);
		break;
	case CLASS_DUPLICATE_HELD:
		text = allocate_printed("Close the duplicate made in %s as well: the connection "
					"ends with its last descriptor.",
					place);
		break;
	case CLASS_HELD_ELSEWHERE:
		text = elsewhere_advice(leak, place);
		break;
	case CLASS_SHUTDOWN_UNCLOSED:
		text = allocate_printed("Call close() after the shutdown() in %s: shutdown ends "
					"the connection, not the descriptor.",
					place);
		break;
	case CLASS_ERROR_UNCLOSED:
		text = allocate_printed("Call close() on the error path of %s.", place);
		break;
	case CLASS_CONNECT_UNCLOSED:
		text = allocate_printed("Call close() where connect() fails in %s, before the next "
					"attempt opens another socket.",
					place);
		break;
	case CLASS_LATE_CLOSE:
		text = leak->reason == REASON_SPINNING
			       ? allocate_printed("Treat a read that returns 0 in %s as the end: "
						  "close the connection, do not poll it again. Its "
						  "end stays readable, so the loop never sleeps.",
						  place)
			       : allocate_printed("Close soon after the end of stream read in %s.",
						  place);
		break;
	default:
		text = allocate_printed("Nothing: the process ended before %s could close it.",
					place);
		break;
	}
	free(place);
	return text;
}
