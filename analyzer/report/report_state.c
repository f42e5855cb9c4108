/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_state.h"

/* Indexes of the names, in the alphabet's order. */
enum shown_state {
	STATE_BOUND,
	STATE_CLOSED,
	STATE_CLOSING,
	STATE_CLOSE_WAIT,
	STATE_ESTABLISHED,
	STATE_FIN_WAIT_1,
	STATE_FIN_WAIT_2,
	STATE_IDLE,
	STATE_LAST_ACK,
	STATE_LISTEN,
	STATE_SYN_RECEIVED,
	STATE_SYN_SENT,
	STATE_TIME_WAIT,
};

const char *report_state_name(int state)
{
	static const char *const names[REPORT_STATES] = {
		[STATE_BOUND] = "BOUND",
		[STATE_CLOSED] = "CLOSED",
		[STATE_CLOSING] = "CLOSING",
		[STATE_CLOSE_WAIT] = "CLOSE_WAIT",
		[STATE_ESTABLISHED] = "ESTABLISHED",
		[STATE_FIN_WAIT_1] = "FIN_WAIT_1",
		[STATE_FIN_WAIT_2] = "FIN_WAIT_2",
		[STATE_IDLE] = "IDLE",
		[STATE_LAST_ACK] = "LAST_ACK",
		[STATE_LISTEN] = "LISTEN",
		[STATE_SYN_RECEIVED] = "SYN_RECEIVED",
		[STATE_SYN_SENT] = "SYN_SENT",
		[STATE_TIME_WAIT] = "TIME_WAIT",
	};

	return names[state];
}

int report_state_by_kernel(unsigned int state)
{
	/* By the kernel's numbers, include/net/tcp_states.h. */
	static const int by_kernel[] = {
		-1,
		STATE_ESTABLISHED,
		STATE_SYN_SENT,
		STATE_SYN_RECEIVED,
		STATE_FIN_WAIT_1,
		STATE_FIN_WAIT_2,
		STATE_TIME_WAIT,
		STATE_CLOSED,
		STATE_CLOSE_WAIT,
		STATE_LAST_ACK,
		STATE_LISTEN,
		STATE_CLOSING,
		STATE_SYN_RECEIVED,
	};

	return state < sizeof(by_kernel) / sizeof(by_kernel[0]) ? by_kernel[state] : -1;
}

int report_state_before_use(bool bound)
{
	return bound ? STATE_BOUND : STATE_IDLE;
}

int report_state_of(const struct recorded_socket *row)
{
	if (!row->sampled_ns || row->kind == KIND_UNIX)
		return -1;
	if (row->tcp_state == KERNEL_CLOSE && row->role == ROLE_NONE && !row->eof_ns &&
	    !row->error_ns && !row->shutdown_ns && row->source == SOURCE_SOCKET)
		return report_state_before_use(row->local.port != 0);
	return report_state_by_kernel(row->tcp_state);
}
