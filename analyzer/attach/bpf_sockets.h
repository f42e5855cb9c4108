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
	struct fdtable *table = BPF_CORE_READ(task, files, fdt);
	struct file **files, *file = NULL;

	if (fd < 0 || (unsigned int)fd >= READ(table, max_fds))
		return NULL;
	files = READ(table, fd);
	bpf_probe_read_kernel(&file, sizeof(file), &files[fd]);
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

/* What FD is, if it is a TCP socket; else false. */
static __always_inline bool read_socket(int fd, struct attach_socket *out)
{
	struct file *file = file_of(fd);
	struct socket *socket;
	struct tcp_sock *tcp;
	struct inode *inode;
	struct sock *sock;

	if (!file)
		return false;
	inode = READ(file, f_inode);
	if ((READ(inode, i_mode) & S_IFMT) != S_IFSOCK)
		return false;
	socket = READ(file, private_data);
	sock = READ(socket, sk);
	if (!sock)
		return false;
	out->family = READ(sock, __sk_common.skc_family);
	out->protocol = READ(sock, sk_protocol);
	if ((out->family != AF_INET && out->family != AF_INET6) ||
	    READ(sock, sk_type) != SOCK_STREAM ||
	    (out->protocol != IPPROTO_TCP && out->protocol != IPPROTO_MPTCP))
		return false;
	out->sock = (uint64_t)sock;
	out->inode = READ(inode, i_ino);
	out->cookie = READ(sock, __sk_common.skc_cookie.counter);
	out->state = READ(sock, __sk_common.skc_state);
	out->local_port = READ(sock, __sk_common.skc_num);
	out->peer_port = __builtin_bswap16(READ(sock, __sk_common.skc_dport));
	if (out->family == AF_INET) {
		bpf_core_read(out->local, 4, &sock->__sk_common.skc_rcv_saddr);
		bpf_core_read(out->peer, 4, &sock->__sk_common.skc_daddr);
	} else {
		bpf_core_read(out->local, 16, &sock->__sk_common.skc_v6_rcv_saddr);
		bpf_core_read(out->peer, 16, &sock->__sk_common.skc_v6_daddr);
	}
	out->quiet_ms = UINT32_MAX;
	out->sent_ms = UINT32_MAX;
	if (out->protocol == IPPROTO_TCP) {
		out->unread = unread_of(sock);
		tcp = (struct tcp_sock *)sock;
		out->quiet_ms = ms_since(READ(tcp, rcv_tstamp));
		if (READ(tcp, bytes_sent))
			out->sent_ms = ms_since(READ(tcp, lsndtime));
	}
	return true;
}

#endif
