/* SPDX-License-Identifier: MIT */
#include "analyzer/classify/row_decision.h"

#define KERNEL_CLOSE 7 /* TCP_CLOSE */

/* shutdown_how, by direction */
#define SHUT_WRITE_ONLY 2

static void keep_if_later(struct row_decision *decision, enum recorded_decision kind, uint64_t ns)
{
	if (ns == 0 || ns < decision->ns)
		return;
	decision->decision = kind;
	decision->ns = ns;
}

struct row_decision row_decide(const struct holding *holding)
{
	const struct recorded_socket *row = holding->row;
	struct row_decision decision = { .decision = DECIDED_NOT };

	if (row->role == ROLE_CONNECT_FAILED) {
		decision.decision = DECIDED_CONNECT;
		decision.ns = row->error_ns ? row->error_ns : row->opened_ns;
	} else if (row->role == ROLE_CONNECTING && row->looked_ns &&
		   row->tcp_state == KERNEL_CLOSE && !row->eof_ns && !row->error_ns) {
		/* It failed out of our sight, at some time after connect() began. */
		decision.decision = DECIDED_CONNECT;
		decision.ns = row->opened_ns;
	} else if (row->error_ns && !(row->eof_ns && row->error_ns >= row->eof_ns)) {
		/* An error after the EOF is its consequence and decides nothing any more. */
		keep_if_later(&decision, DECIDED_ERROR, row->error_ns);
	}
	keep_if_later(&decision, DECIDED_EOF, row->eof_ns);
	/*
	 * shutdown(SHUT_WR) alone is the polite way to say "I have sent everything"; only with the
	 * peer's EOF before it, it stands where a close should.
	 */
	if (row->shutdown_how != SHUT_WRITE_ONLY ||
	    (row->eof_ns && row->shutdown_ns >= row->eof_ns))
		keep_if_later(&decision, DECIDED_SHUTDOWN, row->shutdown_ns);
	decision.inherited = row->source == SOURCE_FORK && decision.decision != DECIDED_NOT &&
			     decision.ns < holding->process->recording->header.start_ns;
	return decision;
}

bool row_read_eof_itself(const struct holding *holding)
{
	const struct recorded_socket *row = holding->row;

	return row->eof_ns && (row->source != SOURCE_FORK ||
			       row->eof_ns >= holding->process->recording->header.start_ns);
}
