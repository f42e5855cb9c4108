/* SPDX-License-Identifier: MIT */
#include "preload/events/received.h"

#include "preload/events/events.h"
#include "preload/events/passed.h"

/* Bytes that the parts have room for. */
static size_t room_of(const struct iovec *parts, size_t count)
{
	size_t room = 0, i;

	for (i = 0; i < count; i++)
		room += parts[i].iov_len;
	return room;
}

ssize_t note_received_parts(int fd, ssize_t result, const struct iovec *parts, int count)
{
	struct receiving call = { .fd = fd };

	/* After a failure the parts may be no memory at all (EFAULT). */
	if (result == 0 && count > 0)
		call.asked = room_of(parts, count);
	return note_received(&call, result);
}

ssize_t note_received_message(int fd, ssize_t result, const struct msghdr *message, int flags)
{
	struct receiving call = { .fd = fd, .flags = flags };

	if (result == 0)
		call.asked = room_of(message->msg_iov, message->msg_iovlen);
	return note_received(&call, result);
}

void note_received_messages(int fd, struct mmsghdr *messages, int count, int flags)
{
	int i;

	for (i = 0; i < count; i++) {
		if (messages[i].msg_len == 0)
			note_received_message(fd, 0, &messages[i].msg_hdr, flags);
		if (messages[i].msg_hdr.msg_controllen)
			note_passed_descriptors(&messages[i].msg_hdr);
	}
}
