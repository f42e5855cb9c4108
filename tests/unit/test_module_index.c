/* SPDX-License-Identifier: MIT */
/* The index finds what a search through all modules finds. */
#include "tests/unit/unit.h"

#include <stdlib.h>

#include "analyzer/recordings/module_index.h"

#define MODULES   200u
#define ADDRESSES 64u
#define ROUNDS    200u

/* By definition. */
static const struct recorded_module *search(const struct recorded_module *modules, size_t count,
					    uint64_t address, uint32_t seq, uint64_t limit)
{
	const struct recorded_module *found = NULL;
	size_t i;

	for (i = 0; i < count && i < limit; i++)
		if (modules[i].loaded_seq <= seq && address >= modules[i].start &&
		    address < modules[i].end &&
		    (!found || modules[i].loaded_seq >= found->loaded_seq))
			found = &modules[i];
	return found;
}

/* Modules at random, some empty, inside out, or in the place of others. */
static size_t make_modules(struct recorded_module *modules)
{
	size_t count = (size_t)rand() % MODULES, i;

	for (i = 0; i < count; i++) {
		modules[i] = (struct recorded_module){
			.start = (uint64_t)(rand() % ADDRESSES),
			.end = (uint64_t)(rand() % ADDRESSES),
			.loaded_seq = (uint32_t)(i / 3 + (size_t)rand() % 3),
		};
		if (rand() % 16 == 0)
			modules[i].end = UINT64_MAX;
	}
	return count;
}

static void finds_what_a_search_finds(void **state)
{
	static struct recorded_module modules[MODULES];
	unsigned int round;

	(void)state;
	srand(1);
	for (round = 0; round < ROUNDS; round++) {
		size_t count = make_modules(modules);
		struct module_index *index = module_index_new(modules, count);
		uint64_t address;

		for (address = 0; address <= ADDRESSES; address++) {
			uint64_t at = address == ADDRESSES ? UINT64_MAX - 1 : address;
			uint32_t seq = (uint32_t)rand() % MODULES;
			uint64_t limit = rand() % 2 ? UINT64_MAX : (uint64_t)rand() % MODULES;

			assert_ptr_equal(module_index_find(index, at, seq, limit),
					 search(modules, count, at, seq, limit));
		}
		module_index_free(index);
	}
}

/* Two threads meet a module at once: the one with the later row may have the earlier sequence. */
static void finds_a_row_behind_a_newer_one(void **state)
{
	const struct recorded_module modules[] = {
		{ .start = 10, .end = 20, .loaded_seq = 2 },
		{ .start = 10, .end = 20, .loaded_seq = 1 },
	};
	struct module_index *index = module_index_new(modules, 2);

	(void)state;
	assert_ptr_equal(module_index_find(index, 15, 1, UINT64_MAX), &modules[1]);
	assert_ptr_equal(module_index_find(index, 15, 2, UINT64_MAX), &modules[0]);
	assert_null(module_index_find(index, 15, 1, 1));
	module_index_free(index);
}

static void is_empty_without_modules(void **state)
{
	struct module_index *index = module_index_new(NULL, 0);

	(void)state;
	assert_null(module_index_find(index, 0, UINT32_MAX, UINT64_MAX));
	assert_null(module_index_find(index, UINT64_MAX, UINT32_MAX, UINT64_MAX));
	module_index_free(index);
	module_index_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(finds_what_a_search_finds),
		cmocka_unit_test(finds_a_row_behind_a_newer_one),
		cmocka_unit_test(is_empty_without_modules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
