/* SPDX-License-Identifier: MIT */
#include "analyzer/scan/scan_advice.h"

#include "analyzer/base/allocate.h"

static const char *unread_advice(enum leak_reason reason)
{
	switch (reason) {
	case REASON_NOT_POLLED:
		return "No epoll descriptor watches it. Watch idle connections for EPOLLRDHUP, or "
		       "drop them after a time shorter than the peer's, and close them when the "
		       "peer has. `finleak run` names where it was opened.";
	case REASON_READING_PAUSED:
		return "epoll knows it, but was told not to report its end. Keep EPOLLRDHUP among "
		       "its events while reading is paused, arm an EPOLLONESHOT again, and close "
		       "when it comes.";
	case REASON_HANGUP_IGNORED:
		return "epoll has reported its end. Read until that returns 0 (with EPOLLET: until "
		       "it returns 0 or EAGAIN), then close.";
	case REASON_DATA_UNREAD:
		return "Read what the peer sent before it closed, or give it up: close in either "
		       "case.";
	default:
		return "Read until that returns 0, then close.";
	}
}

char *scan_advice(const struct report_leak *leak)
{
	switch (leak->class) {
	case CLASS_FIN_UNREAD:
		return allocate_text(unread_advice(leak->reason));
	case CLASS_NEVER_ACCEPTED:
		return allocate_text(
			"Call accept() until the queue is empty: whoever is to do that "
			"is stuck, or out of descriptors.");
	case CLASS_SHUTDOWN_UNCLOSED:
		return allocate_text("shutdown() does not give the descriptor back: call close() "
				     "after it. `finleak run` names the line.");
	case CLASS_ERROR_UNCLOSED:
		if (leak->verdict == VERDICT_NOTE)
			return allocate_text("The connection was reset, and the program has not "
					     "been told: it has not used the socket since.");
		return allocate_text("Close the socket when a call on it fails for good. `finleak "
				     "run` names the line.");
	case CLASS_EOF_UNCLOSED:
		if (leak->reason == REASON_HALF_CLOSED)
			return allocate_text("The program still sends: no leak while it does.");
		return allocate_text("Close the socket when a read of it returns 0. `finleak run` "
				     "names the line that read it.");
	default:
		return allocate_text("Close the socket.");
	}
}
