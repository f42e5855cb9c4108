/* SPDX-License-Identifier: MIT */
/*
 * What of the kernel's structures is read. Only the members that are used are declared: where they
 * lie is found out when the program is loaded (CO-RE), so that one object serves all kernels, and
 * no header of the building machine's kernel is needed.
 */
#ifndef FINLEAK_ATTACH_KERNEL_H
#define FINLEAK_ATTACH_KERNEL_H

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct pt_regs {
	unsigned long r15, r14, r13, r12, bp, bx;
	unsigned long r11, r10, r9, r8, ax, cx, dx, si, di;
	unsigned long orig_ax, ip, cs, flags, sp;
};

struct inode {
	unsigned short i_mode;
	unsigned long i_ino;
};

struct file {
	struct inode *f_inode;
	void *private_data;
};

/* Stands for any pointer: BTF has no type for one alone. */
struct hlist_head {
	struct hlist_node *first;
};

struct fdtable {
	unsigned int max_fds;
	struct file **fd;
};

struct files_struct {
	struct fdtable *fdt;
};

struct signal_struct {
	int group_exit_code;
	struct {
		int counter;
	} live;
};

struct thread_struct {
	unsigned long fsbase;
};

struct task_struct {
	int pid, tgid;
	int exit_code;
	struct files_struct *files;
	struct signal_struct *signal;
	struct thread_struct thread;
};

struct in6_addr {
	unsigned char bytes[16];
};

struct sock_common {
	unsigned int skc_daddr, skc_rcv_saddr;
	unsigned short skc_dport, skc_num;
	unsigned short skc_family;
	volatile unsigned char skc_state;
	struct in6_addr skc_v6_daddr, skc_v6_rcv_saddr;
	struct {
		long long counter;
	} skc_cookie;
};

struct sock {
	struct sock_common __sk_common;
	unsigned short sk_type, sk_protocol;
};

struct socket {
	struct sock *sk;
};

struct tcp_sock {
	unsigned int rcv_nxt, copied_seq, rcv_tstamp, lsndtime;
	unsigned long long bytes_sent;
};

struct iovec {
	void *iov_base;
	unsigned long iov_len;
};

struct user_msghdr {
	void *msg_name;
	int msg_namelen;
	struct iovec *msg_iov;
	unsigned long msg_iovlen;
	void *msg_control;
	unsigned long msg_controllen;
	unsigned int msg_flags;
};

#pragma clang attribute pop

/* As programs lay them out. */
struct user_clone_args {
	unsigned long long before[5];
	unsigned long long stack;
};

struct user_mmsghdr {
	unsigned char message[56];
	unsigned int msg_len;
	unsigned int padding;
};

#endif
