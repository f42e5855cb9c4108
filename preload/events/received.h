/* SPDX-License-Identifier: MIT */
/* What recvmsg() and its kin bring, and how much was asked for. Signal-safe. */
#ifndef FINLEAK_RECEIVED_MESSAGES_H
#define FINLEAK_RECEIVED_MESSAGES_H

#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>

/*
 * As note_received(), for COUNT parts and for a message: how much was asked for is added up here,
 * off the common path. Return RESULT.
 */
ssize_t note_received_parts(int fd, ssize_t result, const struct iovec *parts, int count);
ssize_t note_received_message(int fd, ssize_t result, const struct msghdr *message, int flags);

/* Notes what recvmmsg() brought: COUNT messages, of which one with no bytes is an EOF. */
void note_received_messages(int fd, struct mmsghdr *messages, int count, int flags);

#endif
