/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "tests/unit/observer_stage.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int stage_begin(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	socklen_t size = sizeof(stage->address);

	stage->folder = builder_new_folder();
	snprintf(stage->path, sizeof(stage->path), "%s/a.finleak", stage->folder);
	stage->recording = malloc(sizeof(*stage->recording));
	builder_begin(stage->recording, (int)getpid(), (int)getppid());
	stage->observer = observer_new();
	stage->address = (struct sockaddr_in){ .sin_family = AF_INET,
					       .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	stage->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(stage->listener, (struct sockaddr *)&stage->address, size), 0);
	assert_int_equal(listen(stage->listener, BACKLOG), 0);
	assert_int_equal(getsockname(stage->listener, (struct sockaddr *)&stage->address, &size),
			 0);
	*state = stage;
	return 0;
}

void end_child(struct stage *stage)
{
	if (stage->child <= 0)
		return;
	kill(stage->child, SIGKILL);
	waitpid(stage->child, NULL, 0);
	stage->child = 0;
}

int stage_end(void **state)
{
	struct stage *stage = *state;

	end_child(stage);
	observer_free(stage->observer);
	builder_remove_folder(stage->folder);
	close(stage->listener);
	free(stage->recording);
	free(stage);
	return 0;
}

int connect_to(const struct stage *stage)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_int_equal(
		connect(fd, (const struct sockaddr *)&stage->address, sizeof(stage->address)), 0);
	return fd;
}

uint64_t cookie_of(int fd)
{
	uint64_t cookie;
	socklen_t size = sizeof(cookie);

	assert_int_equal(getsockopt(fd, SOL_SOCKET, SO_COOKIE, &cookie, &size), 0);
	return cookie;
}

struct recorded_socket *record(struct stage *stage, int fd)
{
	return builder_add_socket(stage->recording, fd, cookie_of(fd));
}

struct observation *sample_of(struct stage *stage, int pid, bool thorough,
			      const struct observation *previous)
{
	const struct observed_program program = { .pid = pid,
						  .path = stage->path,
						  .previous = previous };

	builder_write(stage->recording, stage->path);
	observer_sample(stage->observer, &program, 1, thorough);
	return observer_take(stage->observer, stage->path);
}

struct observation *sample_until(struct stage *stage, struct observation *previous, uint64_t cookie,
				 uint8_t state, uint32_t queue)
{
	for (;;) {
		struct observation *now = sample_of(stage, (int)getpid(), true, previous);
		const struct observed_socket *seen = observation_find(now, cookie);

		observation_free(previous);
		if (seen && seen->state == state && seen->receive_queue == queue)
			return now;
		previous = now;
	}
}

void start_child(struct stage *stage)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe(ready), 0);
	stage->child = fork();
	if (stage->child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (write(ready[1], "", 1) == 1)
			pause();
		_exit(0);
	}
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	close(ready[1]);
}
