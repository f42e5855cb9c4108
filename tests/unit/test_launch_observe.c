/* SPDX-License-Identifier: MIT */
/* What `finleak run` keeps of its samples: here of this very program, by a recording made by hand.
 */
#include "tests/unit/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/clock.h"
#include "analyzer/launch/family.h"
#include "analyzer/launch/launch_observe.h"
#include "analyzer/launch/process_watch.h"
#include "tests/unit/recording_builder.h"

/* It is mapped here, as the recorder is in a recorded program. */
#define LIBRARY "/libc.so.6"

struct stage {
	char *folder;
	char path[160], kept[160]; /* of the recording, and of what is kept beside it */
	struct recording_builder *recording;
	struct process_watch *watch;
	struct family *family;
	struct launch_observe *observe;
	int listener;
};

static int begin(void **state)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	uint64_t cookie;

	stage->folder = builder_new_folder();
	snprintf(stage->path, sizeof(stage->path), "%s/a.%d.1.finleak", stage->folder,
		 (int)getpid());
	snprintf(stage->kept, sizeof(stage->kept), "%s/a.%d.1.observed", stage->folder,
		 (int)getpid());
	stage->watch = process_watch_begin(stage->folder, LIBRARY);
	assert_non_null(stage->watch);
	stage->family = family_new(getpid(), stage->folder, 1, LIBRARY);
	stage->observe = launch_observe_begin(stage->watch, stage->family, NS_PER_S);
	stage->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(stage->listener, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(listen(stage->listener, 5), 0);
	size = sizeof(cookie);
	assert_int_equal(getsockopt(stage->listener, SOL_SOCKET, SO_COOKIE, &cookie, &size), 0);
	stage->recording = malloc(sizeof(*stage->recording));
	builder_begin(stage->recording, (int)getpid(), (int)getppid());
	stage->recording->header.end = END_NONE;
	builder_add_socket(stage->recording, stage->listener, cookie)->role = ROLE_LISTENER;
	builder_write(stage->recording, stage->path);
	process_watch_check(stage->watch);
	*state = stage;
	return 0;
}

static int end(void **state)
{
	struct stage *stage = *state;

	launch_observe_end(stage->observe);
	family_free(stage->family);
	process_watch_end(stage->watch);
	rmdir(stage->kept);
	builder_remove_folder(stage->folder);
	if (stage->listener >= 0)
		close(stage->listener);
	free(stage->recording);
	free(stage);
	return 0;
}

/* The program has its socket, or none. */
static void sample_with(struct stage *stage, bool has_socket)
{
	stage->recording->sockets[0].life = has_socket ? LIFE_OPEN | LIFE_GENERATION : 0;
	builder_write(stage->recording, stage->path);
	launch_observe_now(stage->observe);
}

static unsigned int count_lines(FILE *file)
{
	unsigned int lines = 0;
	int c;

	rewind(file);
	while ((c = fgetc(file)) != EOF)
		lines += c == '\n';
	return lines;
}

/* How many lines SAMPLES ('s': there is a socket, '-': none) print on stderr. */
static unsigned int lines_of(struct stage *stage, const char *samples)
{
	FILE *printed = tmpfile();
	int saved = dup(STDERR_FILENO);
	unsigned int lines;

	dup2(fileno(printed), STDERR_FILENO);
	for (; *samples; samples++)
		sample_with(stage, *samples == 's');
	dup2(saved, STDERR_FILENO);
	close(saved);
	lines = count_lines(printed);
	fclose(printed);
	return lines;
}

static void test_sample_is_kept(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(lines_of(stage, "s"), 0);
	assert_int_equal(access(stage->kept, R_OK), 0);
}

/* Samples between, with nothing to keep, do not show that the failure is over. */
static void test_failure_is_printed_once(void **state)
{
	struct stage *stage = *state;

	assert_int_equal(mkdir(stage->kept, 0700), 0);
	assert_int_equal(lines_of(stage, "s"), 1);
	close(stage->listener);
	stage->listener = -1;
	assert_int_equal(lines_of(stage, "--ss-s"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_sample_is_kept, begin, end),
		cmocka_unit_test_setup_teardown(test_failure_is_printed_once, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
