/* SPDX-License-Identifier: MIT */
/*
 * What finished a socket, as far as one process knows: the one rule that the recorder folds totals
 * and departures by and the analyzer judges rows by. No state, no call: any thread, signal-safe.
 */
#ifndef FINLEAK_DECISION_H
#define FINLEAK_DECISION_H

#include "preload/recording/recording.h"

/* recorded_socket.shutdown_how, by direction. */
#define SHUTDOWN_READ  1u
#define SHUTDOWN_WRITE 2u

/* recorded_socket.tcp_state (include/net/tcp_states.h). */
#define TCP_STATE_CLOSE      7u
#define TCP_STATE_CLOSE_WAIT 8u

struct decision {
	enum recorded_decision kind; /* DECIDED_NOT: nothing finished it */
	uint32_t stack; /* where the program learned of it; 0: it did not, or unknown */
	uint64_t ns;
};

/*
 * When the peer was heard of last, by the kernel's view in ROW: its FIN or reset can't have come
 * later. The kernel counts in ticks: not before the socket was opened. 0 where the kernel was not
 * asked or does not know.
 */
static inline uint64_t decision_peer_ended_ns(const struct recorded_socket *row)
{
	uint64_t quiet_ns = row->quiet_ms * 1000000ull;

	if (!row->sampled_ns || row->quiet_ms == UINT32_MAX)
		return 0;
	if (row->sampled_ns < row->opened_ns + quiet_ns)
		return row->opened_ns;
	return row->sampled_ns - quiet_ns;
}

/* By the kernel's view: nobody in the program knows. */
static inline struct decision decision_by_kernel(const struct recorded_socket *row)
{
	struct decision decision = { .kind = DECIDED_NOT, .ns = decision_peer_ended_ns(row) };

	if (!decision.ns || row->kind == KIND_UNIX || row->role != ROLE_CONNECTED)
		return (struct decision){ .kind = DECIDED_NOT };
	if (row->tcp_state == TCP_STATE_CLOSE_WAIT &&
	    row->receive_queue != RECORDED_QUEUE_UNKNOWN && row->receive_queue > 0)
		decision.kind = DECIDED_FIN_UNREAD;
	/* Both ends have closed their direction, or one of them has reset the connection. */
	else if (row->tcp_state == TCP_STATE_CLOSE)
		decision.kind = row->shutdown_how & SHUTDOWN_WRITE ? DECIDED_FIN_UNREAD
								   : DECIDED_RESET_UNREAD;
	return decision.kind == DECIDED_NOT ? (struct decision){ .kind = DECIDED_NOT } : decision;
}

/*
 * When the program answered after it had read the EOF: a peer that half-closes waits for that, and
 * the connection is finished no sooner. The first call of the thread that read the EOF shows it.
 * 0: it did something else, or nothing; or the peer, which had closed, has reset the connection.
 */
static inline uint64_t decision_answered_ns(const struct recorded_socket *row)
{
	if (!row->eof_ns || row->next != NEXT_WRITE || row->next_fd != row->first_fd ||
	    row->next_ns < row->eof_ns || row->error_ns ||
	    (row->sampled_ns && row->tcp_state == TCP_STATE_CLOSE))
		return 0;
	return row->next_ns;
}

static inline struct decision decision_by_eof(const struct recorded_socket *row)
{
	uint64_t answered_ns = decision_answered_ns(row);

	return (struct decision){ DECIDED_EOF, row->eof_stack,
				  answered_ns ? answered_ns : row->eof_ns };
}

/*
 * What finished ROW's socket. In this order:
 *  - a connection that never came about is neither read to its end nor reset;
 *  - else the last of EOF, error and shutdown, but
 *	an answer after the EOF puts off the end until it is written,
 *	an error after the EOF is its consequence and decides nothing,
 *	shutdown(SHUT_WR) before the EOF only means "I have sent everything";
 *  - else the kernel's word, where it was asked.
 */
static inline struct decision decide(const struct recorded_socket *row)
{
	struct decision decision = { .kind = DECIDED_NOT };

	if (row->role == ROLE_LISTENER)
		return decision;
	if (row->role == ROLE_CONNECT_FAILED)
		return (struct decision){ .kind = DECIDED_CONNECT,
					  .stack = row->connect_stack,
					  .ns = row->error_ns ? row->error_ns : row->opened_ns };
	/* The kernel gives up a connection that is shut down before it stands (tcp_shutdown()). */
	if (row->role == ROLE_CONNECTING && row->shutdown_ns)
		return (struct decision){ .kind = DECIDED_SHUTDOWN,
					  .stack = row->shutdown_stack,
					  .ns = row->shutdown_ns };
	/* It failed, and no call returned the error. When, is not known: after connect() began. */
	if (row->role == ROLE_CONNECTING && row->sampled_ns && row->tcp_state == TCP_STATE_CLOSE &&
	    !row->eof_ns && !row->error_ns)
		return (struct decision){ .kind = DECIDED_CONNECT,
					  .stack = row->connect_stack,
					  .ns = row->opened_ns };
	if (row->error_ns && !(row->eof_ns && row->error_ns >= row->eof_ns))
		decision = (struct decision){ DECIDED_ERROR, row->error_stack, row->error_ns };
	if (row->eof_ns && row->eof_ns >= decision.ns)
		decision = decision_by_eof(row);
	if (row->shutdown_ns && row->shutdown_ns >= decision.ns &&
	    (row->shutdown_how != SHUTDOWN_WRITE ||
	     (row->eof_ns && row->shutdown_ns >= row->eof_ns)))
		decision = (struct decision){ DECIDED_SHUTDOWN, row->shutdown_stack,
					      row->shutdown_ns };
	return decision.kind == DECIDED_NOT ? decision_by_kernel(row) : decision;
}

/* A shutdown() of what has been finished for long is a step of a close that comes so much later. */
#define SHUTDOWN_STEP_NS 1000000000u
#define FINISHED_LONG_NS 100000000u

/*
 * What finished ROW's socket, which is closed, or whose process ends, at NOW. A shutdown() right
 * before that is part of it: the socket had been finished before that by the EOF, the error, or
 * what the kernel knew when shutdown() was called.
 */
static inline struct decision decide_at_close(const struct recorded_socket *row, uint64_t now)
{
	struct decision decision = decide(row), before = { .kind = DECIDED_NOT };
	uint64_t step_ns = RECORDED_STUCK_NS;

	if (decision.kind != DECIDED_SHUTDOWN || row->role == ROLE_CONNECTING)
		return decision;
	if (row->eof_ns)
		before = decision_by_eof(row);
	else if (row->error_ns)
		before = (struct decision){ DECIDED_ERROR, row->error_stack, row->error_ns };
	else if (row->sampled_ns && row->sampled_ns <= decision.ns)
		before = decision_by_kernel(row);
	if (before.kind == DECIDED_NOT)
		return decision;
	if (decision.ns >= before.ns + FINISHED_LONG_NS)
		step_ns = SHUTDOWN_STEP_NS;
	return now < decision.ns + step_ns ? before : decision;
}

#endif
