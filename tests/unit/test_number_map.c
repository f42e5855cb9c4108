/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include "analyzer/base/number_map.h"

#define MANY 10000u

static int values[MANY];

static void test_an_empty_map_has_nothing(void **state)
{
	struct number_map map = { 0 };

	(void)state;
	assert_null(number_map_find(&map, 1));
	number_map_clear(&map);
}

static void test_a_key_is_empty_until_it_is_set(void **state)
{
	struct number_map map = { 0 };

	(void)state;
	assert_null(*number_map_at(&map, 7));
	assert_null(number_map_find(&map, 7));
	*number_map_at(&map, 7) = &values[7];
	assert_ptr_equal(number_map_find(&map, 7), &values[7]);
	assert_ptr_equal(*number_map_at(&map, 7), &values[7]);
	assert_int_equal(map.count, 1);
	assert_null(number_map_find(&map, 8));
	number_map_clear(&map);
	assert_null(number_map_find(&map, 7));
}

/* STEP apart, which may be so much that all keys have the same lower or upper bits. */
static void keeps_all(uint64_t first, uint64_t step)
{
	struct number_map map = { 0 };
	size_t i;

	for (i = 0; i < MANY; i++)
		*number_map_at(&map, first + i * step) = &values[i];
	assert_int_equal(map.count + (map.of_zero != NULL), MANY);
	assert_true(map.room <= 4 * (size_t)MANY);
	for (i = 0; i < MANY; i++) {
		assert_ptr_equal(number_map_find(&map, first + i * step), &values[i]);
		assert_null(number_map_find(&map, first + MANY * step + i));
	}
	number_map_clear(&map);
}

static void test_keeps_what_it_has_while_it_grows(void **state)
{
	(void)state;
	keeps_all(0, 1);
	keeps_all(1, 4);
	keeps_all(0x7f0000001000, 4096);
	keeps_all(5, (uint64_t)1 << 32);
	keeps_all(UINT64_MAX - 4 * (uint64_t)MANY, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_empty_map_has_nothing),
		cmocka_unit_test(test_a_key_is_empty_until_it_is_set),
		cmocka_unit_test(test_keeps_what_it_has_while_it_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
