/* SPDX-License-Identifier: MIT */
#include "preload/events/passed.h"

#include <string.h>
#include "preload/events/events.h"

static void report_descriptors(const struct cmsghdr *control, void (*note)(int fd))
{
	size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int), i;

	for (i = 0; i < count; i++) {
		int fd;

		memcpy(&fd, CMSG_DATA(control) + i * sizeof(fd), sizeof(fd));
		note(fd);
	}
}

static void for_each_descriptor(const struct msghdr *message, void (*note)(int fd))
{
	struct msghdr *walked = (struct msghdr *)(uintptr_t)message; /* CMSG_NXTHDR() only reads */
	struct cmsghdr *control;

	for (control = CMSG_FIRSTHDR(walked); control; control = CMSG_NXTHDR(walked, control))
		if (control->cmsg_level == SOL_SOCKET && control->cmsg_type == SCM_RIGHTS)
			report_descriptors(control, note);
}

void note_passed_descriptors(const struct msghdr *message)
{
	for_each_descriptor(message, note_passed);
}

void note_sent_descriptors(const struct msghdr *message)
{
	for_each_descriptor(message, note_sent);
}

void note_sent_messages(const struct mmsghdr *messages, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (messages[i].msg_hdr.msg_controllen)
			note_sent_descriptors(&messages[i].msg_hdr);
}
