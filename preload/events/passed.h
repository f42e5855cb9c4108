/* SPDX-License-Identifier: MIT */
/* Descriptors that go from process to process with a message (SCM_RIGHTS). Signal-safe. */
#ifndef FINLEAK_PASSED_DESCRIPTORS_H
#define FINLEAK_PASSED_DESCRIPTORS_H

#include <sys/socket.h>

/* Notes every descriptor that came with a message that was received. */
void note_passed_descriptors(const struct msghdr *message);

/* Notes every descriptor in a message that was sent, as the kernel has accepted it. */
void note_sent_descriptors(const struct msghdr *message);

/* Likewise for COUNT messages that sendmmsg() has sent. */
void note_sent_messages(const struct mmsghdr *messages, int count);

#endif
