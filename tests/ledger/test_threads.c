/* SPDX-License-Identifier: MIT */
/*
 * Eight threads open, duplicate, read ends, pass, close and fork at once, as the events of the
 * recorder do it: an end is noted ahead of the call, a beginning after it. Their kernel is a table
 * under a lock. They race as programs legally may: dup() of another thread's number while that is
 * closed, a socket that is sent to another thread and closed by its sender.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include "preload/ledger/inheritance.h"
#include "preload/ledger/module_table.h"
#include "preload/ledger/script_table.h"
#include "preload/ledger/stack_table.h"
#include "preload/ledger/totals.h"
#include "tests/ledger/ledger_fixture.h"

#define THREADS 8
#define NUMBERS 96 /* descriptors of the process */
#define ROUNDS  30000
#define OWN_MAX 8 /* descriptors that a thread keeps */
#define FORKS   40

/* The kernel. A socket is its cookie; it lives while a descriptor or a message refers to it. */
static struct {
	pthread_mutex_t lock;
	uint64_t descriptors[NUMBERS]; /* cookies; 0: free */
	uint64_t in_flight[THREADS];   /* sent to each thread */
	uint64_t next_cookie;
	uint64_t sockets; /* ever made */
} kernel = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int give_number(uint64_t cookie)
{
	int fd;

	for (fd = 0; fd < NUMBERS; fd++) {
		if (kernel.descriptors[fd])
			continue;
		kernel.descriptors[fd] = cookie;
		return fd;
	}
	return -1;
}

static int kernel_socket(uint64_t *cookie)
{
	int fd;

	pthread_mutex_lock(&kernel.lock);
	*cookie = kernel.next_cookie + 1;
	fd = give_number(*cookie);
	if (fd >= 0) {
		kernel.next_cookie++;
		kernel.sockets++;
	}
	pthread_mutex_unlock(&kernel.lock);
	return fd;
}

static int kernel_dup(int fd)
{
	int copy = -1;

	pthread_mutex_lock(&kernel.lock);
	if (kernel.descriptors[fd])
		copy = give_number(kernel.descriptors[fd]);
	pthread_mutex_unlock(&kernel.lock);
	return copy;
}

static void kernel_close(int fd)
{
	pthread_mutex_lock(&kernel.lock);
	kernel.descriptors[fd] = 0;
	pthread_mutex_unlock(&kernel.lock);
}

static bool kernel_send(int fd, unsigned int receiver)
{
	bool sent;

	pthread_mutex_lock(&kernel.lock);
	sent = !kernel.in_flight[receiver];
	if (sent)
		kernel.in_flight[receiver] = kernel.descriptors[fd];
	pthread_mutex_unlock(&kernel.lock);
	return sent;
}

static int kernel_receive(unsigned int receiver, uint64_t *cookie)
{
	int fd = -1;

	pthread_mutex_lock(&kernel.lock);
	*cookie = kernel.in_flight[receiver];
	if (*cookie)
		fd = give_number(*cookie);
	if (fd >= 0)
		kernel.in_flight[receiver] = 0;
	pthread_mutex_unlock(&kernel.lock);
	return fd;
}

struct worker {
	struct ledger *ledger;
	unsigned int number;
	uint64_t random;
	int own[OWN_MAX];
	unsigned int count;
	uint64_t rows_opened; /* by this thread */
	unsigned int forks;
};

static unsigned int pick(struct worker *worker, unsigned int limit)
{
	worker->random = worker->random * 6364136223846793005ull + 1442695040888963407ull;
	return (unsigned int)(worker->random >> 33) % limit;
}

static uint64_t tick(struct worker *worker)
{
	return 1000000 + (worker->random >> 40);
}

/* One of a hundred stacks, as a program has them. */
static uint32_t stack(struct worker *worker)
{
	uint64_t pc[] = { 0x1000 + pick(worker, 10), 0x2000 + pick(worker, 10) };
	uint32_t id = stack_find(worker->ledger, pc, 2);

	return id ? id : stack_add(worker->ledger, pc, 2, false, module_sequence(worker->ledger));
}

static void keep(struct worker *worker, int fd)
{
	worker->own[worker->count++] = fd;
}

static void begin(struct worker *worker, int fd, uint64_t cookie, enum recorded_source source)
{
	struct new_socket fresh = { KIND_TCP, source, cookie, fd, tick(worker) };
	struct held_socket held = socket_take(worker->ledger, &fresh);

	assert_true(socket_is_held(held));
	held.row->opened_stack = stack(worker);
	held.row->role = ROLE_CONNECTED;
	socket_publish(worker->ledger, held, fd);
	worker->rows_opened++;
}

static void open_one(struct worker *worker)
{
	uint64_t cookie;
	int fd;

	if (worker->count == OWN_MAX)
		return;
	fd = kernel_socket(&cookie);
	if (fd < 0)
		return;
	begin(worker, fd, cookie, SOURCE_SOCKET);
	keep(worker, fd);
}

static void close_one(struct worker *worker)
{
	unsigned int which;

	if (worker->count == 0)
		return;
	which = pick(worker, worker->count);
	socket_close(worker->ledger, worker->own[which], stack(worker), tick(worker));
	kernel_close(worker->own[which]);
	worker->own[which] = worker->own[--worker->count];
}

/* Any number, of any thread: it may be closed at any moment. */
static void duplicate_any(struct worker *worker)
{
	int fd = (int)pick(worker, NUMBERS), copy;
	struct held_socket held;

	if (worker->count == OWN_MAX)
		return;
	held = socket_acquire(worker->ledger, fd);
	if (socket_is_held(held) && !socket_promise_descriptor(held)) {
		socket_release(worker->ledger, held);
		held.row = NULL;
	}
	copy = kernel_dup(fd);
	if (copy >= 0)
		keep(worker, copy);
	if (!socket_is_held(held))
		return;
	if (copy >= 0)
		socket_keep_promise(worker->ledger, held, copy, stack(worker));
	else
		socket_break_promise(worker->ledger, held);
}

static void read_end(struct worker *worker)
{
	struct held_socket held = socket_acquire(worker->ledger, (int)pick(worker, NUMBERS));

	if (!socket_is_held(held))
		return;
	if (socket_claim(held, LIFE_EOF))
		socket_note_eof(worker->ledger, held, stack(worker), tick(worker));
	else
		socket_note_use(worker->ledger, held, USE_READ, stack(worker), tick(worker));
	socket_release(worker->ledger, held);
}

static void fail_send(struct worker *worker)
{
	struct held_socket held = socket_acquire(worker->ledger, (int)pick(worker, NUMBERS));

	if (!socket_is_held(held))
		return;
	if (socket_claim(held, LIFE_ERROR))
		socket_note_error(worker->ledger, held, 104, stack(worker), tick(worker));
	if (socket_claim(held, LIFE_SHUTDOWN))
		socket_note_shutdown(worker->ledger, held, stack(worker), tick(worker));
	socket_release(worker->ledger, held);
}

/* SCM_RIGHTS, and the sender closes its own at once. */
static void send_one(struct worker *worker)
{
	struct held_socket held;
	unsigned int which;
	int fd;

	if (worker->count == 0)
		return;
	which = pick(worker, worker->count);
	fd = worker->own[which];
	if (!kernel_send(fd, pick(worker, THREADS)))
		return;
	held = socket_acquire(worker->ledger, fd);
	if (socket_is_held(held))
		socket_claim(held, LIFE_SENT);
	socket_release(worker->ledger, held);
	socket_close(worker->ledger, fd, stack(worker), tick(worker));
	kernel_close(fd);
	worker->own[which] = worker->own[--worker->count];
}

static void receive_one(struct worker *worker)
{
	struct held_socket held;
	uint64_t cookie;
	int fd;

	if (worker->count == OWN_MAX)
		return;
	fd = kernel_receive(worker->number, &cookie);
	if (fd < 0)
		return;
	keep(worker, fd);
	held = socket_find(worker->ledger, cookie);
	if (socket_is_held(held) && socket_promise_descriptor(held)) {
		socket_keep_promise(worker->ledger, held, fd, stack(worker));
		return;
	}
	socket_release(worker->ledger, held);
	begin(worker, fd, cookie, SOURCE_PASSED);
}

/* What a child would get holds together, and each row is one socket's: opened when it says. */
static void fork_now(struct worker *worker)
{
	struct inheritance inheritance;
	struct ledger *child;
	uint64_t i;

	if (worker->forks == FORKS || pick(worker, 50) != 0)
		return;
	worker->forks++;
	assert_true(inheritance_copy(worker->ledger, true, &inheritance));
	child = fixture_open();
	inheritance_give(child, &inheritance);
	/* A row whose descriptor was closed after it was copied is left out. */
	assert_in_range(fixture_check(child), 0, inheritance.row_count);
	for (i = 0; i < inheritance.row_count; i++) {
		assert_int_equal(inheritance.rows[i].kind, KIND_TCP);
		assert_int_not_equal(inheritance.rows[i].cookie, 0);
		assert_int_not_equal(inheritance.rows[i].opened_stack, 0);
		if (inheritance.rows[i].eof_ns)
			assert_int_not_equal(inheritance.rows[i].eof_stack, 0);
	}
	inheritance_drop(&inheritance);
	fixture_close(child);
}

static void load_module(struct worker *worker)
{
	struct recorded_module found = { .start = 0x100000 * (1 + pick(worker, 4)) };
	const struct script_line script = {
		.language = "python", .file = "/a.py", .function = "main", .line = pick(worker, 20)
	};
	uint32_t row = script_row(worker->ledger, &script);

	assert_int_not_equal(row, NO_SCRIPT);
	found.end = found.start + 0x1000;
	if (!module_covers(worker->ledger, found.start) &&
	    module_meet(worker->ledger, &found, "/plugin") == MODULE_NEW)
		module_add(worker->ledger, &found, "/plugin");
}

static void *work(void *argument)
{
	static void (*const steps[])(struct worker *) = {
		open_one, open_one, close_one,   close_one,   duplicate_any, read_end,    fail_send,
		send_one, send_one, receive_one, receive_one, fork_now,      load_module, read_end,
	};
	struct worker *worker = argument;
	unsigned int i;

	for (i = 0; i < ROUNDS; i++)
		steps[pick(worker, sizeof(steps) / sizeof(steps[0]))](worker);
	return NULL;
}

static uint64_t folded(const struct ledger *ledger)
{
	const struct recorded_total *rows = (const void *)ledger->sections[SECTION_TOTALS];
	uint64_t sum = 0, i;

	for (i = 0; i < ledger_used(ledger, SECTION_TOTALS); i++)
		sum += rows[i].count;
	return sum;
}

static void sums_hold_beside_eight_threads(void **state)
{
	struct ledger *ledger = *state;
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	uint64_t rows_opened = 0;
	unsigned int i, k;

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .ledger = ledger, .number = i, .random = i * 77 + 1 };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		rows_opened += workers[i].rows_opened;
	}
	fixture_check(ledger);
	assert_int_equal(ledger->header->opened, rows_opened);
	assert_true(rows_opened >= kernel.sockets);
	assert_int_equal(folded(ledger), ledger->header->closed);
	for (i = 0; i < LOST_KINDS; i++)
		assert_int_equal(ledger->header->lost[i], 0);
	/* Nothing is left once all is closed. */
	for (i = 0; i < THREADS; i++)
		for (k = 0; k < workers[i].count; k++)
			socket_close(ledger, workers[i].own[k], 1, 1);
	assert_int_equal(fixture_check(ledger), 0);
	assert_int_equal(folded(ledger), rows_opened);
}

/* Each distinct stack has one id, however many threads come upon it at once. */
static void *add_stacks(void *argument)
{
	struct ledger *ledger = argument;
	uint32_t *ids = calloc(4000, sizeof(*ids));
	uint64_t i;

	for (i = 0; ids && i < 4000; i++) {
		uint64_t pc[] = { 0x1000 + i, 0x2000 };

		ids[i] = stack_add(ledger, pc, 2, false, 0);
	}
	return ids;
}

static bool none_moved(const struct ledger *ledger, uint64_t pc, uint32_t seq)
{
	(void)ledger;
	(void)pc;
	(void)seq;
	return false;
}

static void *retire_none(void *argument)
{
	unsigned int i;

	for (i = 0; i < 20; i++)
		stack_table_retire(argument, none_moved);
	return NULL;
}

static void a_stack_has_one_id(void **state)
{
	uint32_t *ids[THREADS - 1];
	pthread_t threads[THREADS];
	unsigned int i, k;

	pthread_create(&threads[THREADS - 1], NULL, retire_none, *state);
	for (i = 0; i < THREADS - 1; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, add_stacks, *state), 0);
	pthread_join(threads[THREADS - 1], NULL);
	for (i = 0; i < THREADS - 1; i++) {
		pthread_join(threads[i], (void **)&ids[i]);
		assert_non_null(ids[i]);
	}
	for (k = 0; k < 4000; k++)
		for (i = 0; i < THREADS - 1; i++) {
			assert_int_not_equal(ids[i][k], 0);
			assert_int_equal(ids[i][k], ids[0][k]);
		}
	for (i = 0; i < THREADS - 1; i++)
		free(ids[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(sums_hold_beside_eight_threads),
		LEDGER_TEST(a_stack_has_one_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
