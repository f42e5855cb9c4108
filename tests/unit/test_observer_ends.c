/* SPDX-License-Identifier: MIT */
/* Programs that end, or become another one, between samples and during one. */
#include "tests/unit/unit.h"

#include "tests/unit/observer_stage.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/kernel_view/kernel_sockets.h"
#include "analyzer/recordings/observation_file.h"

/* Its number was given to something else by a call that nobody recorded. */
static void test_replaced_unseen(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct recorded_socket *row = record(stage, connection);
	const struct observed_socket *seen;
	struct observation *now;

	row->eof_ns = at_ms(5000);
	row->life |= LIFE_EOF;
	close(peer);
	now = sample_until(stage, NULL, cookie, KERNEL_CLOSE_WAIT, 1);
	assert_true(observation_find(now, cookie)->flags & OBSERVED_CONFIRMED);
	observation_free(now);
	assert_int_equal(dup2(stage->listener, connection), connection);
	now = sample_of(stage, (int)getpid(), false, NULL);
	seen = observation_find(now, cookie);
	assert_non_null(seen);
	assert_true(seen->flags & OBSERVED_GONE);
	assert_int_equal(now->closed, 0);
	observation_free(now);
	close(connection);
}

/* ... while the kernel still waits for the peer's end: in the table, and in nobody's hands. */
static void test_replaced_unseen_before_its_end(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct recorded_socket *row = record(stage, connection);
	const struct observed_socket *seen;
	struct observation *now;

	row->shutdown_ns = at_ms(5000);
	row->shutdown_how = 3;
	row->life |= LIFE_SHUTDOWN;
	shutdown(connection, SHUT_RDWR);
	now = sample_until(stage, NULL, cookie, KERNEL_FIN_WAIT2, 0);
	assert_false(observation_find(now, cookie)->flags & OBSERVED_GONE);
	observation_free(now);
	assert_int_equal(dup2(stage->listener, connection), connection);
	now = sample_of(stage, (int)getpid(), false, NULL);
	seen = observation_find(now, cookie);
	assert_non_null(seen);
	assert_true(seen->flags & OBSERVED_GONE);
	assert_int_equal(now->states[KERNEL_FIN_WAIT2], 0);
	observation_free(now);
	close(connection);
	close(peer);
}

static void test_process_that_ends(void **state)
{
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct observed_program program = { .path = stage->path };
	struct observation *kept, *seen;

	record(stage, connection);
	shutdown(peer, SHUT_WR);
	seen = sample_until(stage, NULL, cookie, KERNEL_CLOSE_WAIT, 1);
	observation_free(seen);
	start_child(stage);
	program.pid = stage->child;
	observer_sample(stage->observer, &program, 1, true);
	assert_int_equal(observer_keep(stage->observer), 0);
	end_child(stage);
	/* Its sockets are closed by now; what was seen before is true of its life. */
	observer_sample(stage->observer, &program, 1, true);
	assert_int_equal(observer_keep(stage->observer), 0);
	kept = observation_read(stage->path, NULL);
	assert_non_null(kept);
	assert_non_null(observation_find(kept, cookie));
	observation_free(kept);
	seen = observer_take(stage->observer, stage->path);
	assert_non_null(seen);
	assert_non_null(observation_find(seen, cookie));
	assert_true(observation_find(seen, cookie)->flags & OBSERVED_CONFIRMED);
	observation_free(seen);
	close(connection);
	close(peer);
}

/*
 * Its memory goes first, which takes a while: meanwhile its descriptors are still there, and the
 * kernel gives no copies of them any more.
 */
static void test_process_that_is_ending(void **state)
{
	const size_t size = 256u << 20;
	const struct linger at_once = { .l_onoff = 1 };
	struct stage *stage = *state;
	int peer = connect_to(stage), connection = accept(stage->listener, NULL, NULL);
	uint64_t cookie = cookie_of(connection);
	struct observed_program program = { .path = stage->path };
	const struct observed_socket *found;
	siginfo_t ended = { .si_pid = 0 };
	struct observation *seen;
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	assert_true(memory != MAP_FAILED);
	record(stage, connection);
	setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
	close(peer);
	seen = sample_until(stage, NULL, cookie, KERNEL_CLOSE, 0);
	observation_free(seen);
	start_child(stage);
	program.pid = stage->child;
	observer_sample(stage->observer, &program, 1, true);
	kill(stage->child, SIGKILL);
	while (!ended.si_pid) {
		observer_sample(stage->observer, &program, 1, true);
		assert_int_equal(
			waitid(P_PID, (id_t)stage->child, &ended, WEXITED | WNOWAIT | WNOHANG), 0);
	}
	end_child(stage);
	seen = observer_take(stage->observer, stage->path);
	assert_non_null(seen);
	found = observation_find(seen, cookie);
	assert_non_null(found);
	assert_int_equal(found->state, KERNEL_CLOSE);
	assert_true(found->flags & OBSERVED_CONFIRMED);
	assert_false(found->flags & OBSERVED_GONE);
	observation_free(seen);
	munmap(memory, size);
	close(connection);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_STAGE(test_replaced_unseen),
		ON_STAGE(test_replaced_unseen_before_its_end),
		ON_STAGE(test_process_that_ends),
		ON_STAGE(test_process_that_is_ending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
