/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/sorted_rows.h"
#include "analyzer/kernel_view/kernel_namespace.h"

/* The kernel fills the buffer it is given: this holds some hundred sockets. */
#define ANSWER_SIZE 65536

struct dump {
	struct kernel_sockets *sockets;
	uint64_t namespace;
	double clock_ms; /* since boot, when the answer came */
	bool multipath;
};

static void take_address(struct recorded_address *address, uint8_t family, uint16_t port,
			 const void *ip)
{
	address->family = family;
	address->port = ntohs(port);
	memcpy(address->ip, ip, family == AF_INET ? 4 : 16);
}

static void take_tcp_info(struct kernel_socket *socket, const struct nlattr *attribute)
{
	struct tcp_info details = { 0 };
	size_t length = mnl_attr_get_payload_len(attribute);

	/* An older kernel has a shorter struct. */
	memcpy(&details, mnl_attr_get_payload(attribute),
	       length < sizeof(details) ? length : sizeof(details));
	socket->quiet_ms = details.tcpi_last_ack_recv;
	socket->bytes_sent = details.tcpi_bytes_sent;
	/* Before anything was sent the kernel counts from the start of the connection. */
	socket->sent_ms = details.tcpi_bytes_sent ? (int64_t)details.tcpi_last_data_sent : -1;
}

static int take_socket(const struct nlmsghdr *message, void *context)
{
	const struct dump *dump = context;
	const struct inet_diag_msg *answer = mnl_nlmsg_get_payload(message);
	const struct nlattr *attribute;
	struct kernel_socket *socket;

	if ((message->nlmsg_type != TCPDIAG_GETSOCK &&
	     message->nlmsg_type != SOCK_DIAG_BY_FAMILY) ||
	    mnl_nlmsg_get_payload_len(message) < sizeof(*answer))
		return MNL_CB_OK;
	if (answer->idiag_family != AF_INET && answer->idiag_family != AF_INET6)
		return MNL_CB_OK;
	socket = allocate_next(&dump->sockets->list, dump->sockets->count, sizeof(*socket));
	dump->sockets->count++;
	socket->cookie = (uint64_t)answer->id.idiag_cookie[1] << 32 | answer->id.idiag_cookie[0];
	if (dump->multipath && answer->idiag_inode)
		socket->cookie = recorded_inode_name(answer->idiag_inode);
	socket->namespace = dump->namespace;
	socket->multipath = dump->multipath;
	socket->inode = answer->idiag_inode;
	socket->uid = answer->idiag_uid;
	socket->state = answer->idiag_state;
	socket->receive_queue = answer->idiag_rqueue;
	socket->send_queue = answer->idiag_wqueue;
	socket->quiet_ms = socket->sent_ms = -1;
	socket->expires_ms = -1;
	/* The other timers send something, and count how often in vain. */
	if (answer->idiag_timer == KERNEL_TIMER_DROP)
		socket->expires_ms = dump->clock_ms + answer->idiag_expires;
	else if (answer->idiag_timer)
		socket->unanswered = answer->idiag_retrans;
	take_address(&socket->local, answer->idiag_family, answer->id.idiag_sport,
		     answer->id.idiag_src);
	take_address(&socket->peer, answer->idiag_family, answer->id.idiag_dport,
		     answer->id.idiag_dst);
	if (dump->multipath)
		return MNL_CB_OK;
	mnl_attr_for_each(attribute, message,
			  sizeof(*answer)) if (mnl_attr_get_type(attribute) == INET_DIAG_INFO)
		take_tcp_info(socket, attribute);
	return MNL_CB_OK;
}

static int receive_dump(struct mnl_socket *diagnosis, unsigned int sequence, struct dump *dump)
{
	unsigned int port = mnl_socket_get_portid(diagnosis);
	char *answer = allocate_zeroed(ANSWER_SIZE, 1);
	int going_on = MNL_CB_OK, failure = 0;

	while (going_on > MNL_CB_STOP) {
		ssize_t length = mnl_socket_recvfrom(diagnosis, answer, ANSWER_SIZE);

		dump->clock_ms = clock_since_boot_ms();
		if (length < 0 && errno == EINTR)
			continue;
		going_on = length < 0 ? MNL_CB_ERROR
				      : mnl_cb_run(answer, (size_t)length, sequence, port,
						   take_socket, dump);
		/* The table changed during the dump: what was listed is still true. */
		if (going_on < 0 && length >= 0 && errno == EINTR)
			going_on = MNL_CB_OK;
		if (going_on < 0)
			failure = errno;
	}
	free(answer);
	return failure;
}

static int ask(struct mnl_socket *diagnosis, struct nlmsghdr *header, struct dump *dump)
{
	static unsigned int sequence;

	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	header->nlmsg_seq = ++sequence;
	if (mnl_socket_sendto(diagnosis, header, header->nlmsg_len) < 0)
		return errno;
	return receive_dump(diagnosis, sequence, dump);
}

/*
 * The older of the two requests returns IPv4 and IPv6 at once. Each walk through the kernel's table
 * takes milliseconds, however few sockets there are.
 */
static int dump_tcp(struct mnl_socket *diagnosis, struct dump *dump, uint32_t states, bool details)
{
	char request[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct inet_diag_req)) + 64] = { 0 };
	struct nlmsghdr *header = mnl_nlmsg_put_header(request);
	struct inet_diag_req *asked;

	header->nlmsg_type = TCPDIAG_GETSOCK;
	asked = mnl_nlmsg_put_extra_header(header, sizeof(*asked));
	asked->idiag_family = AF_INET;
	asked->idiag_states = states;
	if (details)
		asked->idiag_ext = 1u << (INET_DIAG_INFO - 1);
	return ask(diagnosis, header, dump);
}

static int dump_mptcp(struct mnl_socket *diagnosis, struct dump *dump, uint8_t family,
		      uint32_t states)
{
	char request[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct inet_diag_req_v2)) + 64] = { 0 };
	struct nlmsghdr *header = mnl_nlmsg_put_header(request);
	struct inet_diag_req_v2 *asked;

	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	asked = mnl_nlmsg_put_extra_header(header, sizeof(*asked));
	asked->sdiag_family = family;
	asked->idiag_states = states;
	/* The protocol's number is too large for the field. */
	mnl_attr_put_u32(header, INET_DIAG_REQ_PROTOCOL, PROTOCOL_MPTCP);
	return ask(diagnosis, header, dump);
}

/*
 * Is there an MPTCP socket in our own namespace? Its table takes as long to dump as TCP's, while
 * /proc/net/protocols has a count: name, size, sockets.
 */
static bool has_mptcp(void)
{
	unsigned long long sockets = 0;
	bool counted = false, any = false;
	char *line = NULL;
	size_t room = 0;
	FILE *file;

	file = fopen("/proc/net/protocols", "re");
	while (file && getline(&line, &room, file) > 0) {
		if (sscanf(line, "MPTCP%*[v6] %*u %llu", &sockets) != 1 &&
		    sscanf(line, "MPTCP %*u %llu", &sockets) != 1)
			continue;
		counted = true;
		any |= sockets > 0;
	}
	free(line);
	if (file)
		fclose(file);
	return any || !counted;
}

int kernel_sockets_add(struct kernel_sockets *sockets, struct mnl_socket *diagnosis,
		       uint64_t namespace, uint32_t states)
{
	struct dump tcp = { .sockets = sockets, .namespace = namespace };
	struct dump mptcp = { .sockets = sockets, .namespace = namespace, .multipath = true };
	uint32_t others = states & ~KERNEL_STATE_BIT(KERNEL_CLOSE_WAIT);
	int failure = 0;

	/*
	 * TCP_INFO makes an answer three times as long, so it is requested only where verdicts use
	 * it. What enters CLOSE_WAIT between the two dumps is in both.
	 */
	if (others)
		failure = dump_tcp(diagnosis, &tcp, others, false);
	if (!failure && states != others)
		failure = dump_tcp(diagnosis, &tcp, states & ~others, true);
	if (failure)
		return failure;
	/* MPTCP is optional in the kernel and rarely used: failures do not matter. */
	if (namespace == kernel_namespace_of((int)getpid()) && !has_mptcp())
		return 0;
	dump_mptcp(diagnosis, &mptcp, AF_INET, states);
	dump_mptcp(diagnosis, &mptcp, AF_INET6, states);
	return 0;
}

void kernel_sockets_clear(struct kernel_sockets *sockets)
{
	free(sockets->list);
	*sockets = (struct kernel_sockets){ 0 };
}

static int by_inode(const void *left, const void *right)
{
	const struct kernel_socket *a = left, *b = right;

	if (a->inode != b->inode)
		return a->inode < b->inode ? -1 : 1;
	/* MPTCP's subflows share the inode of the connection, which must sort last. */
	if (a->multipath != b->multipath)
		return a->multipath ? 1 : -1;
	if (a->cookie != b->cookie)
		return a->cookie < b->cookie ? -1 : 1;
	return (a->state == KERNEL_CLOSE_WAIT) - (b->state == KERNEL_CLOSE_WAIT);
}

void kernel_sockets_sort(struct kernel_sockets *sockets)
{
	if (sockets->count)
		qsort(sockets->list, sockets->count, sizeof(*sockets->list), by_inode);
}

static bool is_up_to_inode(const void *row, const void *inode)
{
	return ((const struct kernel_socket *)row)->inode <= *(const uint32_t *)inode;
}

const struct kernel_socket *kernel_sockets_of_inode(const struct kernel_sockets *sockets,
						    uint32_t inode)
{
	size_t count = rows_before(sockets->list, sockets->count, sizeof(*sockets->list),
				   is_up_to_inode, &inode);
	const struct kernel_socket *last = count ? &sockets->list[count - 1] : NULL;

	return last && last->inode == inode ? last : NULL;
}
