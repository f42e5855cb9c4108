/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/recording_maker.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "preload/recording/recording.h"
#include "preload/recording/recording_maker.h"

/* Whoever does not go on for so long is stopped or gone. */
#define PATIENCE_NS NS_PER_S

/* So many are answered at a time; others wait for one of them. */
#define CLIENTS_MAX 64

/* Where descriptors or memory are short: whoever asks waits a bit longer. */
#define RETRY_US 1000

/* More than one process can leave in a folder under one number. */
#define NAMES_MAX 1000000u

struct made_file {
	char stem[PATH_MAX + RECORDED_FILE_NAME_MAX]; /* FOLDER/NAME.PID */
	char path[PATH_MAX + 2 * RECORDED_FILE_NAME_MAX];
	int fd; /* -1: not created yet */
};

/* Who asks. */
struct client {
	int connection;
	uint64_t since_ns;
	struct made_file file;
};

struct recording_maker {
	char folder[PATH_MAX];
	char address[RECORDING_MAKER_MAX];
	int listener;
	bool started, ended;
	pthread_t thread;
	size_t count;
	struct client clients[CLIENTS_MAX];
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

/* Answers the first message of CLIENT, who gets the file. False: it is refused. */
static bool give_file(const struct recording_maker *maker, struct client *client)
{
	const char *key = maker->address + RECORDING_MAKER_DIGITS + 1;
	struct recording_request request;

	return recv(client->connection, &request, sizeof(request), MSG_TRUNC | MSG_DONTWAIT) ==
		       sizeof(request) &&
	       memcmp(request.key, key, sizeof(request.key)) == 0 && request.pid > 0 &&
	       create(maker, &request, &client->file) &&
	       hand_over(client->connection, client->file.fd);
}

/* Answers its second message, or takes the file away. */
static void finish(struct client *client)
{
	char name[RECORDED_FILE_NAME_MAX] = "", whole;

	if (client->file.fd >= 0) {
		if (recv(client->connection, &whole, 1, MSG_DONTWAIT) == 1 &&
		    publish(&client->file, name))
			send(client->connection, name, sizeof(name), MSG_NOSIGNAL | MSG_DONTWAIT);
		else
			unlink(client->file.path);
		close(client->file.fd);
	}
	close(client->connection);
	client->connection = -1;
}

static void accept_client(struct recording_maker *maker)
{
	int connection = accept4(maker->listener, NULL, NULL, SOCK_CLOEXEC);
	struct client *client = &maker->clients[maker->count];

	if (connection >= 0) {
		client->connection = connection;
		client->since_ns = clock_ns(CLOCK_MONOTONIC);
		client->file.fd = -1;
		maker->count++;
	} else if (errno == EINVAL) {
		maker->ended = true; /* recording_maker_end() */
	} else {
		usleep(RETRY_US);
	}
}

static void answer(const struct recording_maker *maker, struct client *client, bool is_ready)
{
	if (is_ready && client->file.fd < 0 && give_file(maker, client))
		client->since_ns = clock_ns(CLOCK_MONOTONIC);
	else if (is_ready || clock_ns(CLOCK_MONOTONIC) - client->since_ns > PATIENCE_NS)
		finish(client);
}

static void forget_finished(struct recording_maker *maker)
{
	size_t i = maker->count;

	while (i-- > 0)
		if (maker->clients[i].connection < 0)
			maker->clients[i] = maker->clients[--maker->count];
}

static void *answer_all(void *argument)
{
	struct recording_maker *maker = argument;
	struct pollfd polled[CLIENTS_MAX + 1];
	size_t i, count;

	while (!maker->ended || maker->count) {
		count = maker->count;
		for (i = 0; i < count; i++)
			polled[i] = (struct pollfd){ .fd = maker->clients[i].connection,
						     .events = POLLIN };
		polled[count] = (struct pollfd){
			.fd = maker->ended || count == CLIENTS_MAX ? -1 : maker->listener,
			.events = POLLIN,
		};
		if (poll(polled, count + 1, count ? (int)(PATIENCE_NS / NS_PER_MS) : -1) < 0)
			continue;
		for (i = 0; i < count; i++)
			answer(maker, &maker->clients[i], polled[i].revents != 0);
		if (polled[count].revents)
			accept_client(maker);
		forget_finished(maker);
	}
	return NULL;
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
