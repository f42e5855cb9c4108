/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/recording_maker.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "preload/recording/recording.h"
#include "preload/recording/recording_maker.h"

/* Whoever does not go on for so long is stopped or gone, and others wait. */
#define PATIENCE_MS 1000

/* Where descriptors or memory are short: whoever asks waits a bit longer. */
#define RETRY_US 1000

/* More than one process can leave in a folder under one number. */
#define NAMES_MAX 1000000u

struct recording_maker {
	char folder[PATH_MAX];
	char address[RECORDING_MAKER_MAX];
	int listener;
	bool started;
	pthread_t thread;
};

struct made_file {
	char stem[PATH_MAX + RECORDED_FILE_NAME_MAX]; /* FOLDER/NAME.PID */
	char path[PATH_MAX + 2 * RECORDED_FILE_NAME_MAX];
	int fd;
};

/* Creates FILE. From here on no memory is allocated: finleak may fork meanwhile. */
static bool create(const struct recording_maker *maker, const struct recording_request *request,
		   struct made_file *file)
{
	char name[sizeof(request->name) + 1] = "", *c;
	unsigned int n;

	memcpy(name, request->name, sizeof(request->name));
	for (c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && *c != '-' && *c != '_' && *c != '+')
			*c = '_';
	snprintf(file->stem, sizeof(file->stem), "%s/%s.%u", maker->folder, name,
		 (unsigned int)request->pid);
	for (n = 0; n < NAMES_MAX; n++) {
		snprintf(file->path, sizeof(file->path), "%s.%u" RECORDING_STARTING, file->stem, n);
		file->fd =
			open(file->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (file->fd >= 0)
			return true;
		if (errno != EEXIST)
			return false;
	}
	return false;
}

/* Gives FILE a free name of a recording, which NAME gets. */
static bool publish(const struct made_file *file, char name[RECORDED_FILE_NAME_MAX])
{
	char path[sizeof(file->path)];
	unsigned int n;

	for (n = 0; n < NAMES_MAX; n++) {
		snprintf(path, sizeof(path), "%s.%u" RECORDING_SUFFIX, file->stem, n);
		if (renameat2(AT_FDCWD, file->path, AT_FDCWD, path, RENAME_NOREPLACE) == 0 ||
		    ((errno == EINVAL || errno == ENOSYS) && link(file->path, path) == 0 &&
		     unlink(file->path) == 0)) {
			strncpy(name, strrchr(path, '/') + 1, RECORDED_FILE_NAME_MAX - 1);
			return true;
		}
		if (errno != EEXIST)
			return false;
	}
	return false;
}

static bool hand_over(int connection, int fd)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { .header = { .cmsg_len = CMSG_LEN(sizeof(int)),
				  .cmsg_level = SOL_SOCKET,
				  .cmsg_type = SCM_RIGHTS } };
	char answer = 1;
	struct iovec part = { .iov_base = &answer, .iov_len = 1 };
	const struct msghdr message = { .msg_iov = &part,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = sizeof(control) };

	memcpy(CMSG_DATA(&control.header), &fd, sizeof(fd));
	return sendmsg(connection, &message, MSG_NOSIGNAL) == 1;
}

static void answer(const struct recording_maker *maker, int connection)
{
	const struct timeval patience = { .tv_usec = PATIENCE_MS * 1000 - 1 };
	const char *key = maker->address + RECORDING_MAKER_DIGITS + 1;
	char name[RECORDED_FILE_NAME_MAX] = "", whole;
	struct recording_request request;
	struct made_file file = { .fd = -1 };
	bool published = false;

	if (setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    recv(connection, &request, sizeof(request), MSG_TRUNC) != sizeof(request) ||
	    memcmp(request.key, key, sizeof(request.key)) != 0 || request.pid <= 0 ||
	    !create(maker, &request, &file))
		return;
	if (hand_over(connection, file.fd) && recv(connection, &whole, 1, 0) == 1)
		published = publish(&file, name);
	if (published)
		send(connection, name, sizeof(name), MSG_NOSIGNAL);
	else
		unlink(file.path);
	close(file.fd);
}

static void *answer_all(void *argument)
{
	const struct recording_maker *maker = argument;

	for (;;) {
		int connection = accept4(maker->listener, NULL, NULL, SOCK_CLOEXEC);

		if (connection >= 0) {
			answer(maker, connection);
			close(connection);
		} else if (errno == EINVAL) {
			return NULL; /* recording_maker_end() */
		} else {
			usleep(RETRY_US);
		}
	}
}

static bool choose_address(struct recording_maker *maker)
{
	struct {
		uint64_t key;
		uint32_t address;
	} random;

	if (getrandom(&random, sizeof(random), 0) != sizeof(random))
		return false;
	snprintf(maker->address, sizeof(maker->address), "%08x%08x.%016llx",
		 (unsigned int)random.address, (unsigned int)getpid(),
		 (unsigned long long)random.key);
	return true;
}

static bool listen_at_address(const struct recording_maker *maker)
{
	const size_t prefix = sizeof(RECORDING_MAKER_PREFIX) - 1;
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	memcpy(address.sun_path + 1, RECORDING_MAKER_PREFIX, prefix);
	memcpy(address.sun_path + 1 + prefix, maker->address, RECORDING_MAKER_DIGITS);
	return bind(maker->listener, (const struct sockaddr *)&address,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + prefix +
				RECORDING_MAKER_DIGITS)) == 0 &&
	       listen(maker->listener, SOMAXCONN) == 0;
}

struct recording_maker *recording_maker_new(const char *folder)
{
	struct recording_maker *maker = allocate_zeroed(1, sizeof(*maker));
	int failure;

	snprintf(maker->folder, sizeof(maker->folder), "%s", folder);
	maker->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (maker->listener >= 0 && choose_address(maker) && listen_at_address(maker))
		return maker;
	failure = errno;
	if (maker->listener >= 0)
		close(maker->listener);
	free(maker);
	errno = failure;
	return NULL;
}

const char *recording_maker_address(const struct recording_maker *maker)
{
	return maker ? maker->address : "";
}

int recording_maker_start(struct recording_maker *maker)
{
	sigset_t all, before;
	int failure;

	/* Signals are for the thread that waits for the program. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	failure = pthread_create(&maker->thread, NULL, answer_all, maker);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	maker->started = failure == 0;
	/* Nobody is to wait for an answer that does not come. */
	if (failure)
		shutdown(maker->listener, SHUT_RDWR);
	return failure;
}

void recording_maker_end(struct recording_maker *maker)
{
	if (!maker)
		return;
	shutdown(maker->listener, SHUT_RDWR);
	if (maker->started)
		pthread_join(maker->thread, NULL);
	close(maker->listener);
	free(maker);
}
