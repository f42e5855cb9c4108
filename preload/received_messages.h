/* SPDX-License-Identifier: MIT */
/* What recvmsg() and its kin bring: how much was asked for, and descriptors. Signal-safe. */
#ifndef FINLEAK_RECEIVED_MESSAGES_H
#define FINLEAK_RECEIVED_MESSAGES_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Bytes that the parts have room for. */
size_t iovec_length(const struct iovec *parts, int count);
size_t message_length(const struct msghdr *message);

/* Tells of every descriptor that came with the message (SCM_RIGHTS). */
void note_passed_descriptors(struct msghdr *message);

/* Tells what recvmmsg() brought: COUNT messages, of which one with no bytes is an EOF. */
void note_received_messages(int fd, struct mmsghdr *messages, int count, int flags);

#endif
