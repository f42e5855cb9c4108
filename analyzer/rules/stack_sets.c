/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/stack_sets.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/number_map.h"

#define ODD_FACTOR 0x9e3779b97f4a7c15u

struct stack_set {
	struct stack_ref stacks[STACK_KINDS];
	struct stack_set *next; /* with the same hash */
};

struct stack_sets {
	struct number_map lists; /* by hash */
};

struct stack_sets *stack_sets_new(void)
{
	return allocate_zeroed(1, sizeof(struct stack_sets));
}

static void free_list(struct stack_set *set)
{
	while (set) {
		struct stack_set *next = set->next;

		free(set);
		set = next;
	}
}

void stack_sets_free(struct stack_sets *sets)
{
	size_t i;

	if (!sets)
		return;
	for (i = 0; i < sets->lists.room; i++)
		free_list(sets->lists.slots[i].value);
	number_map_clear(&sets->lists);
	free(sets);
}

/* Of the few stacks that there are, not of all the bytes: it is done for each socket. Never 0. */
static uint64_t hash_of(const struct stack_ref *stacks)
{
	uint64_t hash = 0;
	size_t i;

	for (i = 0; i < STACK_KINDS; i++)
		if (stacks[i].recording)
			hash = (hash ^ ((uintptr_t)stacks[i].recording + stacks[i].id) ^ i) *
			       ODD_FACTOR;
	return hash ? hash : 1;
}

static bool are_same(const struct stack_ref *a, const struct stack_ref *b)
{
	size_t i;

	for (i = 0; i < STACK_KINDS; i++)
		if (a[i].recording != b[i].recording || a[i].id != b[i].id)
			return false;
	return true;
}

static struct stack_set *new_set(const struct stack_ref *stacks)
{
	struct stack_set *set = allocate_zeroed(1, sizeof(*set));

	memcpy(set->stacks, stacks, sizeof(set->stacks));
	return set;
}

const struct stack_ref *stack_sets_intern(struct stack_sets *sets, const struct stack_ref *stacks)
{
	struct stack_set **list = (struct stack_set **)number_map_at(&sets->lists, hash_of(stacks));
	struct stack_set *set;

	for (set = *list; set; set = set->next)
		if (are_same(set->stacks, stacks))
			return set->stacks;
	set = new_set(stacks);
	set->next = *list;
	*list = set;
	return set->stacks;
}
