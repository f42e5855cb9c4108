/* SPDX-License-Identifier: MIT */
/* From a descriptor of the process that runs to its TCP socket. */
#ifndef FINLEAK_BPF_SOCKETS_H
#define FINLEAK_BPF_SOCKETS_H

#include "analyzer/attach/bpf_base.h"

#define AF_INET       2
#define AF_INET6      10
#define SOCK_STREAM   1
#define IPPROTO_TCP   6
#define IPPROTO_MPTCP 262
#define S_IFMT        0170000
#define S_IFSOCK      0140000

/* 0 where the kernel's configuration can't be read. */
extern unsigned long CONFIG_HZ __kconfig __weak;

/* The file of descriptor FD of this process, or NULL. */
static __always_inline struct file *file_of(int fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct fdtable table = { .max_fds = 0 };
	struct file *file = NULL;

	bpf_probe_read_kernel(&table, sizeof(table), BPF_CORE_READ(task, files, fdt));
	if (fd < 0 || (unsigned int)fd >= table.max_fds)
		return NULL;
	bpf_probe_read_kernel(&file, sizeof(file), &table.fd[fd]);
	return file;
}

static __always_inline uint32_t unread_of(struct sock *sock)
{
	struct tcp_sock *tcp = (struct tcp_sock *)sock;
	int unread = (int)(READ(tcp, rcv_nxt) - READ(tcp, copied_seq));

	return unread > 0 ? unread : 0;
}

/* How long ago TICK was, ms. */
static __always_inline uint32_t ms_since(uint32_t tick)
{
	uint32_t ticks = (uint32_t)bpf_jiffies64() - tick;

	return CONFIG_HZ ? ticks * 1000ull / CONFIG_HZ : UINT32_MAX;
}

/*
 * Each read of the kernel's memory is a call, which is dear where returns are guarded. The first
 * bytes of a structure, as many as hold what is looked at, are read at once.
 */
struct first_bytes {
	uint8_t at[128];
};

#define FROM(bytes, structure, member, type)                                                       \
	(*(const type *)((bytes).at + bpf_core_field_offset(struct structure, member)))

struct address {
	uint32_t word[4];
};

/* The number of FILE's inode, if it is a socket; else 0. BYTES is room for it. */
static __always_inline uint32_t socket_inode(struct file *file, struct first_bytes *bytes)
{
	if (bpf_probe_read_kernel(bytes, sizeof(*bytes), READ(file, f_inode)) ||
	    (FROM(*bytes, inode, i_mode, uint16_t) & S_IFMT) != S_IFSOCK)
		return 0;
	return (uint32_t)FROM(*bytes, inode, i_ino, uint64_t);
}

/* A TCP socket's protocol; else 0. */
static __always_inline uint16_t protocol_of(struct sock *sock)
{
	struct {
		uint16_t type, protocol;
	} kind;

	if (bpf_core_field_offset(struct sock, sk_protocol) !=
		    bpf_core_field_offset(struct sock, sk_type) + sizeof(kind.type) ||
	    bpf_core_read(&kind, sizeof(kind), &sock->sk_type)) {
		kind.type = READ(sock, sk_type);
		kind.protocol = READ(sock, sk_protocol);
	}
	if (kind.type != SOCK_STREAM)
		return 0;
	return kind.protocol == IPPROTO_TCP || kind.protocol == IPPROTO_MPTCP ? kind.protocol : 0;
}

/* What FD is, if it is a TCP socket; else false. How it fares is left out. */
static __always_inline bool read_socket(int fd, struct attach_socket *out)
{
	struct file *file = file_of(fd);
	struct first_bytes bytes;
	struct socket *socket;
	struct sock *sock;

	out->inode = file ? socket_inode(file, &bytes) : 0;
	if (!out->inode)
		return false;
	socket = READ(file, private_data);
	sock = READ(socket, sk);
	if (!sock || bpf_probe_read_kernel(&bytes, sizeof(bytes), sock))
		return false;
	out->family = FROM(bytes, sock_common, skc_family, uint16_t);
	if (out->family != AF_INET && out->family != AF_INET6)
		return false;
	out->protocol = protocol_of(sock);
	if (!out->protocol)
		return false;
	out->sock = (uint64_t)sock;
	out->cookie = FROM(bytes, sock_common, skc_cookie.counter, uint64_t);
	out->state = FROM(bytes, sock_common, skc_state, uint8_t);
	out->local_port = FROM(bytes, sock_common, skc_num, uint16_t);
	out->peer_port = __builtin_bswap16(FROM(bytes, sock_common, skc_dport, uint16_t));
	if (out->family == AF_INET) {
		*(uint32_t *)out->local = FROM(bytes, sock_common, skc_rcv_saddr, uint32_t);
		*(uint32_t *)out->peer = FROM(bytes, sock_common, skc_daddr, uint32_t);
	} else {
		*(struct address *)out->local =
			FROM(bytes, sock_common, skc_v6_rcv_saddr, struct address);
		*(struct address *)out->peer =
			FROM(bytes, sock_common, skc_v6_daddr, struct address);
	}
	out->quiet_ms = UINT32_MAX;
	out->sent_ms = UINT32_MAX;
	return true;
}

/* How OUT fares, which read_socket() has filled in. */
static __always_inline void read_condition(struct attach_socket *out)
{
	struct sock *sock = (struct sock *)out->sock;
	struct tcp_sock *tcp = (struct tcp_sock *)sock;

	if (out->protocol != IPPROTO_TCP)
		return;
	out->unread = unread_of(sock);
	out->quiet_ms = ms_since(READ(tcp, rcv_tstamp));
	if (READ(tcp, bytes_sent))
		out->sent_ms = ms_since(READ(tcp, lsndtime));
}

#endif
