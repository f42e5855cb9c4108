/* SPDX-License-Identifier: MIT */
#include "preload/ledger/socket_table.h"

#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>
#include "preload/ledger/departures.h"
#include "tests/ledger/ledger_fixture.h"

#define STUCK_NS (2 * (uint64_t)RECORDED_STUCK_NS)

static const struct recorded_total *totals(const struct ledger *ledger)
{
	return (const struct recorded_total *)(const void *)ledger->sections[SECTION_TOTALS];
}

static void a_closed_socket_is_folded(void **state)
{
	struct ledger *ledger = *state;

	fixture_socket(ledger, 4, 100);
	assert_int_equal(fixture_check(ledger), 1);
	assert_true(socket_close(ledger, 4, 9, 5000));
	assert_false(socket_close(ledger, 4, 9, 5000));
	assert_int_equal(fixture_check(ledger), 0);
	assert_int_equal(ledger->header->closed, 1);
	assert_int_equal(totals(ledger)->count, 1);
	assert_int_equal(totals(ledger)->opened_stack, 7);
	assert_int_equal(totals(ledger)->closed_stack, 9);
}

static void a_row_is_used_again(void **state)
{
	struct ledger *ledger = *state;
	uint32_t row = fixture_socket(ledger, 4, 100), life = socket_row(ledger, row)->life;

	socket_row(ledger, row)->eof_ns = 3;
	socket_close(ledger, 4, 9, 5000);
	assert_int_equal(fixture_socket(ledger, 5, 101), row);
	assert_int_equal(socket_row(ledger, row)->eof_ns, 0);
	assert_int_equal(socket_row(ledger, row)->life, life + LIFE_GENERATION);
	assert_int_equal(ledger_used(ledger, SECTION_SOCKETS), 1);
}

static void a_duplicate_keeps_it_open(void **state)
{
	struct ledger *ledger = *state;
	uint32_t row = fixture_socket(ledger, 4, 100);
	struct held_socket held = socket_acquire(ledger, 4);

	assert_true(socket_promise_descriptor(held));
	socket_keep_promise(ledger, held, 6, 11);
	assert_int_equal(descriptor_get(ledger, 6).duplicate_stack, 11);
	socket_close(ledger, 4, 9, 5000);
	assert_int_equal(fixture_check(ledger), 1);
	assert_int_equal(socket_row(ledger, row)->part_closed_stack, 9);
	assert_int_equal(socket_row(ledger, row)->part_closed_ns, 5000);
	socket_close(ledger, 6, 10, 6000);
	assert_int_equal(fixture_check(ledger), 0);
	assert_int_equal(totals(ledger)->closed_stack, 10);
}

/* close() wins over dup(), which fails then: the close is the socket's end, where it was made. */
static void a_duplicate_that_fails_leaves_the_close(void **state)
{
	struct ledger *ledger = *state;
	struct held_socket held;

	fixture_socket(ledger, 4, 100);
	held = socket_acquire(ledger, 4);
	assert_true(socket_promise_descriptor(held));
	socket_close(ledger, 4, 9, 5000);
	assert_int_equal(ledger->header->closed, 0);
	socket_break_promise(ledger, held);
	assert_int_equal(fixture_check(ledger), 0);
	assert_int_equal(ledger->header->closed, 1);
	assert_int_equal(totals(ledger)->closed_stack, 9);
}

static void a_closed_socket_gets_no_descriptor(void **state)
{
	struct ledger *ledger = *state;
	struct held_socket held;

	fixture_socket(ledger, 4, 100);
	held = socket_acquire(ledger, 4);
	socket_close(ledger, 4, 9, 5000);
	assert_false(socket_promise_descriptor(held));
	socket_release(ledger, held);
	assert_int_equal(fixture_check(ledger), 0);
}

/* What a holder stores counts, and the row is nobody else's until the holder is done. */
static void a_held_row_outlives_the_close(void **state)
{
	struct ledger *ledger = *state;
	uint32_t row = fixture_socket(ledger, 4, 100);
	struct held_socket held = socket_acquire(ledger, 4);

	socket_close(ledger, 4, 9, 5000);
	assert_int_not_equal(fixture_socket(ledger, 4, 101), row);
	assert_true(socket_claim(held, LIFE_EOF));
	assert_false(socket_claim(held, LIFE_EOF));
	socket_note_eof(ledger, held, 8, 4000);
	socket_release(ledger, held);
	assert_int_equal(fixture_check(ledger), 1);
	assert_int_equal(totals(ledger)->decision, DECIDED_EOF);
	assert_int_equal(totals(ledger)->decided_stack, 8);
	assert_int_equal(totals(ledger)->held_sum_ns, 1000);
	assert_int_equal(fixture_socket(ledger, 5, 102), row);
}

static void nothing_is_held_of_what_is_not_tracked(void **state)
{
	struct ledger *ledger = *state;

	assert_false(socket_is_held(socket_acquire(ledger, 4)));
	assert_false(socket_is_held(socket_find(ledger, 100)));
	fixture_socket(ledger, 4, 100);
	socket_close(ledger, 4, 9, 5000);
	assert_false(socket_is_held(socket_acquire(ledger, 4)));
	assert_false(socket_is_held(socket_find(ledger, 100)));
}

static void is_found_by_its_cookie(void **state)
{
	struct ledger *ledger = *state;
	struct held_socket held;
	uint32_t row;

	fixture_socket(ledger, 4, 100);
	row = fixture_socket(ledger, 5, 101);
	held = socket_find(ledger, 101);
	assert_true(socket_is_held(held));
	assert_int_equal(held.index, row);
	socket_release(ledger, held);
	assert_int_equal(fixture_check(ledger), 2);
}

static void a_number_that_is_given_again_ended_unseen(void **state)
{
	struct ledger *ledger = *state;

	fixture_socket(ledger, 4, 100);
	fixture_socket(ledger, 4, 101);
	assert_int_equal(fixture_check(ledger), 1);
	assert_int_equal(ledger->header->lost[LOST_UNSEEN_ENDS], 1);
	assert_int_equal(ledger->header->opened, 2);
	assert_int_equal(ledger_used(ledger, SECTION_TOTALS), 0);
}

static void an_unverified_one_leaves_no_trace(void **state)
{
	struct ledger *ledger = *state;
	struct descriptor_entry entry, replaced;

	fixture_socket(ledger, 4, 100);
	entry = descriptor_get(ledger, 4);
	entry.unverified = true;
	descriptor_put(ledger, 4, entry, &replaced);
	socket_lose(ledger, 4);
	assert_int_equal(fixture_check(ledger), 0);
	assert_int_equal(ledger->header->lost[LOST_UNSEEN_ENDS], 0);
	assert_int_equal(ledger->header->opened, 0);
	assert_int_equal(ledger->header->closed, 0);
}

static void an_undone_one_leaves_no_trace(void **state)
{
	struct ledger *ledger = *state;

	fixture_socket(ledger, 4, 100);
	socket_undo(ledger, 4);
	socket_undo(ledger, 4);
	assert_int_equal(fixture_check(ledger), 0);
	assert_int_equal(ledger->header->lost[LOST_UNSEEN_ENDS], 0);
	assert_int_equal(ledger->header->opened, 0);
	assert_int_equal(ledger->header->closed, 0);
}

static void a_number_beyond_the_table_is_undone(void **state)
{
	struct ledger *ledger = *state;

	fixture_socket(ledger, (int)ledger->header->sections[SECTION_DESCRIPTORS].capacity, 100);
	assert_int_equal(fixture_check(ledger), 0);
	assert_int_equal(ledger->header->lost[LOST_DESCRIPTORS], 1);
}

static void a_row_that_was_never_published_is_free_again(void **state)
{
	struct ledger *ledger = *state;
	struct new_socket fresh = { .kind = KIND_TCP, .cookie = 100, .fd = 4 };

	socket_release(ledger, socket_take(ledger, &fresh));
	assert_int_equal(fixture_check(ledger), 0);
	assert_int_equal(ledger->header->opened, 0);
}

static void what_others_may_hold_departs(void **state)
{
	struct ledger *ledger = *state;
	const struct recorded_departure *departure =
		(const void *)ledger->sections[SECTION_DEPARTURES];
	struct held_socket held;

	fixture_socket(ledger, 4, 100);
	socket_close(ledger, 4, 9, 5000);
	assert_int_equal(ledger_used(ledger, SECTION_DEPARTURES), 0);
	fixture_socket(ledger, 4, 101);
	held = socket_acquire(ledger, 4);
	socket_claim(held, LIFE_SENT);
	socket_claim(held, LIFE_EOF);
	socket_note_eof(ledger, held, 8, 6000);
	socket_release(ledger, held);
	socket_close(ledger, 4, 9, 6000 + STUCK_NS);
	assert_int_equal(ledger_used(ledger, SECTION_DEPARTURES), 1);
	assert_int_equal(departure->cookie, 101);
	assert_int_equal(departure->flags, DEPARTED_SHARED | DEPARTED_STUCK);
	assert_int_equal(departure->decided_ns, 6000);
	assert_int_equal(departure->closed_ns, 6000 + STUCK_NS);
}

static void a_duplicate_departs_with_its_origin(void **state)
{
	struct ledger *ledger = *state;
	const struct recorded_departure *departure =
		(const void *)ledger->sections[SECTION_DEPARTURES];
	struct held_socket held;

	fixture_socket(ledger, 4, 100);
	held = socket_acquire(ledger, 4);
	socket_claim(held, LIFE_SENT);
	assert_true(socket_promise_descriptor(held));
	socket_keep_promise(ledger, held, 5, 7);
	socket_close(ledger, 4, 9, 5000);
	socket_close(ledger, 5, 10, 6000);
	assert_int_equal(fixture_check(ledger), 0);
	assert_int_equal(ledger_used(ledger, SECTION_DEPARTURES), 1);
	assert_int_equal(departure->fd, 5);
	assert_int_equal(departure->closed_stack, 10);
	assert_int_equal(departure->duplicate_stack, 7);
	assert_int_equal(departure->part_closed_ns, 5000);
	assert_int_equal(departure->closed_ns, 6000);
}

/* What the handler did with the connection, and what came next after its end, outlives it. */
static void its_uses_depart_with_it(void **state)
{
	struct ledger *ledger = *state;
	const struct recorded_departure *departure =
		(const void *)ledger->sections[SECTION_DEPARTURES];
	struct held_socket held;

	fixture_socket(ledger, 4, 100);
	held = socket_acquire(ledger, 4);
	socket_note_touch(held, TOUCH_WATCH, 21, 77, 5000);
	socket_note_touch(held, TOUCH_READ, 22, 77, 5100);
	socket_note_touch(held, TOUCH_WRITE, 23, 77, 5200);
	socket_claim(held, LIFE_EOF);
	socket_note_eof(ledger, held, 8, 6000);
	socket_note_next(held, NEXT_POLLED, 9, 24, 6100);
	socket_note_use(ledger, held, USE_EPOLL_DEL, 25, 6200);
	/* By the kernel's word it was sent to 1 ms before the sample. */
	held.row->last_sent_ms = 1;
	held.row->sampled_ns = 8000000;
	socket_release(ledger, held);
	socket_close(ledger, 4, 10, 6000 + STUCK_NS);
	assert_int_equal(ledger_used(ledger, SECTION_DEPARTURES), 1);
	assert_int_equal(departure->watch_stack, 21);
	assert_int_equal(departure->read_stack, 22);
	assert_int_equal(departure->write_stack, 23);
	assert_int_equal(departure->next, NEXT_POLLED);
	assert_int_equal(departure->next_fd, 9);
	assert_int_equal(departure->next_stack, 24);
	assert_int_equal(departure->next_ns, 6100);
	assert_int_equal(departure->last_use, USE_EPOLL_DEL);
	assert_int_equal(departure->last_use_stack, 25);
	assert_int_equal(departure->sent_ns, 7000000);
}

static void a_started_child_is_a_birth(void **state)
{
	struct ledger *ledger = *state;
	const struct recorded_birth *birth = (const void *)ledger->sections[SECTION_BIRTHS];

	birth_note(ledger, BIRTH_SPAWN, 4711, 31, 5000);
	birth_note(ledger, BIRTH_FORK, 4712, 32, 6000);
	assert_int_equal(ledger_used(ledger, SECTION_BIRTHS), 2);
	assert_int_equal(birth[0].pid, 4711);
	assert_int_equal(birth[0].kind, BIRTH_SPAWN);
	assert_int_equal(birth[0].stack, 31);
	assert_int_equal(birth[0].ns, 5000);
	assert_int_equal(birth[1].pid, 4712);
	assert_int_equal(birth[1].kind, BIRTH_FORK);
}

static struct ledger *interrupted;
static bool reused;

static void forbid_rows(struct ledger *ledger, int protection)
{
	assert_int_equal(mprotect(ledger_base(ledger, SECTION_SOCKETS),
				  (size_t)sysconf(_SC_PAGESIZE), protection),
			 0);
}

/* Another thread: number 4 is closed, and its row taken by the socket of number 5. */
static void close_and_open_another(int signal_number)
{
	(void)signal_number;
	forbid_rows(interrupted, PROT_READ | PROT_WRITE);
	socket_close(interrupted, 4, 9, 5000);
	fixture_socket(interrupted, 5, 101);
	reused = true;
}

/* As above, and number 4 is a duplicate of that socket now: its word is the same again. */
static void come_back_to_the_same_row(int signal_number)
{
	struct held_socket held;

	close_and_open_another(signal_number);
	held = socket_acquire(interrupted, 5);
	assert_true(socket_promise_descriptor(held));
	socket_keep_promise(interrupted, held, 4, 0);
}

/*
 * Between the load of the word and the first access of the row other threads may do whatever they
 * like: here, while the page of the row is forbidden, they do it in the handler of SIGSEGV.
 */
static struct held_socket acquire_beside(struct ledger *ledger, void (*others)(int))
{
	struct sigaction action = { .sa_handler = others }, before;
	struct held_socket held;

	interrupted = ledger;
	reused = false;
	assert_int_equal(sigaction(SIGSEGV, &action, &before), 0);
	forbid_rows(ledger, PROT_NONE);
	held = socket_acquire(ledger, 4);
	sigaction(SIGSEGV, &before, NULL);
	assert_true(reused);
	return held;
}

static void a_row_that_was_taken_meanwhile_is_not_held(void **state)
{
	struct ledger *ledger = *state;
	struct held_socket held;

	fixture_socket(ledger, 4, 100);
	held = acquire_beside(ledger, close_and_open_another);
	assert_false(socket_is_held(held));
	assert_int_equal(socket_row(ledger, descriptor_get(ledger, 5).row)->references, 1);
	assert_true(socket_close(ledger, 5, 9, 6000));
	assert_int_equal(fixture_check(ledger), 0);
}

static void what_is_held_is_what_the_number_is(void **state)
{
	struct ledger *ledger = *state;
	struct held_socket held;

	fixture_socket(ledger, 4, 100);
	held = acquire_beside(ledger, come_back_to_the_same_row);
	assert_true(socket_is_held(held));
	assert_int_equal(held.row->cookie, 101);
	assert_int_equal(held.row->references, 3);
	socket_release(ledger, held);
	socket_close(ledger, 4, 9, 6000);
	socket_close(ledger, 5, 9, 6000);
	assert_int_equal(fixture_check(ledger), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		LEDGER_TEST(a_closed_socket_is_folded),
		LEDGER_TEST(a_row_is_used_again),
		LEDGER_TEST(a_duplicate_keeps_it_open),
		LEDGER_TEST(a_duplicate_that_fails_leaves_the_close),
		LEDGER_TEST(a_closed_socket_gets_no_descriptor),
		LEDGER_TEST(a_held_row_outlives_the_close),
		LEDGER_TEST(nothing_is_held_of_what_is_not_tracked),
		LEDGER_TEST(is_found_by_its_cookie),
		LEDGER_TEST(a_number_that_is_given_again_ended_unseen),
		LEDGER_TEST(an_unverified_one_leaves_no_trace),
		LEDGER_TEST(an_undone_one_leaves_no_trace),
		LEDGER_TEST(a_number_beyond_the_table_is_undone),
		LEDGER_TEST(a_row_that_was_never_published_is_free_again),
		LEDGER_TEST(what_others_may_hold_departs),
		LEDGER_TEST(a_duplicate_departs_with_its_origin),
		LEDGER_TEST(its_uses_depart_with_it),
		LEDGER_TEST(a_started_child_is_a_birth),
		LEDGER_TEST(a_row_that_was_taken_meanwhile_is_not_held),
		LEDGER_TEST(what_is_held_is_what_the_number_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
