/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/stack_sets.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/number_map.h"

#define ODD_FACTOR 0x9e3779b97f4a7c15u

struct stack_set {
	struct stack_ref stacks[STACK_KINDS]; /* compared by their bytes: padding is zero */
	struct stack_set *next;               /* with the same hash */
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

static struct stack_set *new_set(const struct stack_ref *stacks)
{
	struct stack_set *set = allocate_zeroed(1, sizeof(*set));

	memcpy(set->stacks, stacks, sizeof(set->stacks));
	return set;
}

const struct stack_ref *stack_sets_intern(struct stack_sets *sets, const struct stack_ref *stacks)
{
	struct stack_ref key[STACK_KINDS];
	struct stack_set *set, **list;
	size_t i;

	memset(key, 0, sizeof(key));
	for (i = 0; i < STACK_KINDS; i++) {
		key[i].recording = stacks[i].recording;
		key[i].id = stacks[i].id;
	}
	list = (struct stack_set **)number_map_at(&sets->lists, hash_of(key));
	for (set = *list; set; set = set->next)
		if (memcmp(set->stacks, key, sizeof(key)) == 0)
			return set->stacks;
	set = new_set(key);
	set->next = *list;
	*list = set;
	return set->stacks;
}
