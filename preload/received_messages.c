/* SPDX-License-Identifier: MIT */
#include "preload/received_messages.h"

#include <string.h>
#include "preload/notes.h"

size_t iovec_length(const struct iovec *parts, int count)
{
	size_t length = 0;
	int i;

	for (i = 0; i < count; i++)
		length += parts[i].iov_len;
	return length;
}

size_t message_length(const struct msghdr *message)
{
	return iovec_length(message->msg_iov, (int)message->msg_iovlen);
}

void note_passed_descriptors(struct msghdr *message)
{
	struct cmsghdr *control;

	for (control = CMSG_FIRSTHDR(message); control; control = CMSG_NXTHDR(message, control)) {
		size_t count, i;

		if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS)
			continue;
		count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < count; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(control) + i * sizeof(fd), sizeof(fd));
			note_passed(fd);
		}
	}
}

void note_received_messages(int fd, struct mmsghdr *messages, int count, int flags)
{
	int i;

	for (i = 0; i < count; i++) {
		if (messages[i].msg_len == 0)
			note_received(fd, 0, message_length(&messages[i].msg_hdr), flags);
		if (messages[i].msg_hdr.msg_controllen)
			note_passed_descriptors(&messages[i].msg_hdr);
	}
}
