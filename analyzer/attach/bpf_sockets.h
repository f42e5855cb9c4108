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

/* How many descriptors this process has room for. */
static __always_inline unsigned int descriptors_room(void)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct files_struct *files = READ(task, files);
	struct fdtable *table = READ(files, fdt);

	return READ(table, max_fds);
}

/* The file of descriptor FD of this process, or NULL. */
static __always_inline struct file *file_of(int fd)
{
	struct task_struct *task = (struct task_struct *)bpf_get_current_task();
	struct files_struct *files = READ(task, files);
	struct fdtable *table = READ(files, fdt);
	struct file **place;
	struct file *file = NULL;

	if (fd < 0 || (unsigned int)fd >= READ(table, max_fds))
		return NULL;
	place = &READ(table, fd)[fd];
	if (bpf_rdonly_cast)
		return (struct file *)CAST((struct hlist_head *)place)->first;
	bpf_probe_read_kernel(&file, sizeof(file), place);
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
 * Where each read of the kernel's memory is a call, which is dear if returns are guarded, the first
 * bytes of a structure, as many as hold what is needed, are read at once.
 */
struct first_bytes {
	uint8_t at[128];
};

static __always_inline bool read_first(struct first_bytes *bytes, const void *from)
{
	return bpf_rdonly_cast ? from != NULL
			       : bpf_probe_read_kernel(bytes, sizeof(*bytes), from) == 0;
}

#define FIRST(bytes, pointer, member)                                                              \
	(bpf_rdonly_cast                                                                           \
		 ? CAST(pointer)->member                                                           \
		 : *(const typeof((pointer)->member) *)((bytes).at +                               \
							bpf_core_field_offset(typeof(*(pointer)),  \
									      member)))

/* The number of FILE's inode, if it is a socket; else 0. BYTES is room for it. */
static __always_inline uint32_t socket_inode(struct file *file, struct first_bytes *bytes)
{
	struct inode *inode = READ(file, f_inode);

	if (!read_first(bytes, inode) || (FIRST(*bytes, inode, i_mode) & S_IFMT) != S_IFSOCK)
		return 0;
	return (uint32_t)FIRST(*bytes, inode, i_ino);
}

/* A TCP socket's protocol; else 0. */
static __always_inline uint16_t protocol_of(struct sock *sock)
{
	struct {
		uint16_t type, protocol;
	} kind;

	if (bpf_rdonly_cast ||
	    bpf_core_field_offset(struct sock, sk_protocol) !=
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
	struct sock_common *common;
	struct socket *socket;
	struct sock *sock;

	out->inode = file ? socket_inode(file, &bytes) : 0;
	if (!out->inode)
		return false;
	socket = READ(file, private_data);
	sock = READ(socket, sk);
	common = (struct sock_common *)sock;
	if (!sock || !read_first(&bytes, common))
		return false;
	out->family = FIRST(bytes, common, skc_family);
	if (out->family != AF_INET && out->family != AF_INET6)
		return false;
	out->protocol = protocol_of(sock);
	if (!out->protocol)
		return false;
	out->sock = (uint64_t)sock;
	out->cookie = FIRST(bytes, common, skc_cookie.counter);
	out->state = FIRST(bytes, common, skc_state);
	out->local_port = FIRST(bytes, common, skc_num);
	out->peer_port = __builtin_bswap16(FIRST(bytes, common, skc_dport));
	if (out->family == AF_INET) {
		*(uint32_t *)out->local = FIRST(bytes, common, skc_rcv_saddr);
		*(uint32_t *)out->peer = FIRST(bytes, common, skc_daddr);
	} else {
		bpf_core_read(out->local, sizeof(out->local), &common->skc_v6_rcv_saddr);
		bpf_core_read(out->peer, sizeof(out->peer), &common->skc_v6_daddr);
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
