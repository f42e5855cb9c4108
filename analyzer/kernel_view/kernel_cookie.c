/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_cookie.h"

#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <string.h>

struct answer {
	uint32_t inode;
	uint64_t cookie;
};

static int take_answer(const struct nlmsghdr *message, void *context)
{
	const struct inet_diag_msg *found = mnl_nlmsg_get_payload(message);
	struct answer *answer = context;

	if (message->nlmsg_type == SOCK_DIAG_BY_FAMILY &&
	    mnl_nlmsg_get_payload_len(message) >= sizeof(*found) &&
	    found->idiag_inode == answer->inode)
		answer->cookie =
			(uint64_t)found->id.idiag_cookie[1] << 32 | found->id.idiag_cookie[0];
	return MNL_CB_STOP;
}

static void fill(struct inet_diag_req_v2 *asked, const struct recorded_address *local,
		 const struct recorded_address *peer)
{
	asked->sdiag_family = (uint8_t)local->family;
	asked->sdiag_protocol = IPPROTO_TCP;
	asked->idiag_states = ~0u;
	asked->id.idiag_sport = htons(local->port);
	memcpy(asked->id.idiag_src, local->ip, sizeof(local->ip));
	if (peer->family) {
		asked->id.idiag_dport = htons(peer->port);
		memcpy(asked->id.idiag_dst, peer->ip, sizeof(peer->ip));
	}
	asked->id.idiag_cookie[0] = INET_DIAG_NOCOOKIE;
	asked->id.idiag_cookie[1] = INET_DIAG_NOCOOKIE;
}

uint64_t kernel_cookie_of(struct mnl_socket *diagnosis, const struct recorded_address *local,
			  const struct recorded_address *peer, uint32_t inode)
{
	static unsigned int sequence = 0x40000000;
	char request[MNL_NLMSG_HDRLEN + MNL_ALIGN(sizeof(struct inet_diag_req_v2))] = { 0 },
								reply[4096];
	struct nlmsghdr *header = mnl_nlmsg_put_header(request);
	struct answer answer = { .inode = inode };
	ssize_t length;

	if (local->family != AF_INET && local->family != AF_INET6)
		return 0;
	header->nlmsg_type = SOCK_DIAG_BY_FAMILY;
	header->nlmsg_flags = NLM_F_REQUEST;
	header->nlmsg_seq = ++sequence;
	fill(mnl_nlmsg_put_extra_header(header, sizeof(struct inet_diag_req_v2)), local, peer);
	if (mnl_socket_sendto(diagnosis, header, header->nlmsg_len) < 0)
		return 0;
	do
		length = mnl_socket_recvfrom(diagnosis, reply, sizeof(reply));
	while (length < 0 && errno == EINTR);
	/* No such socket is an error message. */
	if (length > 0)
		mnl_cb_run(reply, (size_t)length, sequence, mnl_socket_get_portid(diagnosis),
			   take_answer, &answer);
	return answer.cookie;
}
