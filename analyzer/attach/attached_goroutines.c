/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_goroutines.h"

#include <stdlib.h>

#include "analyzer/attach/attached_stack.h"
#include "analyzer/base/allocate.h"

/* More are not under way at once, or the oldest are forgotten. */
#define HANDED_MAX 4096

static struct attached_handed *find(struct attached_handed *table, uint64_t key)
{
	struct attached_handed *handed;

	HASH_FIND(hh, table, &key, sizeof(key), handed);
	return handed;
}

static void put(struct attached_handed **table, uint64_t key, uint64_t from, uint32_t stack)
{
	struct attached_handed *handed = find(*table, key);

	if (handed) {
		HASH_DEL(*table, handed);
	} else if (HASH_COUNT(*table) < HANDED_MAX) {
		handed = allocate_zeroed(1, sizeof(*handed));
	} else {
		handed = *table;
		HASH_DEL(*table, handed);
	}
	*handed = (struct attached_handed){ .key = key, .from = from, .stack = stack };
	HASH_ADD(hh, *table, key, sizeof(handed->key), handed);
}

void attached_asked_for(struct attached_process *process, const struct attach_event *event)
{
	if (attached_process_record(process))
		put(&process->asked, event->args[0], event->goroutine,
		    attached_stack_and_asker(process, event));
}

void attached_taken(struct attached_process *process, const struct attach_event *event)
{
	const struct attached_handed *asked = find(process->asked, event->args[0]);

	/* A goroutine that goes on itself has handed nothing over. */
	if (asked && asked->from != event->goroutine)
		put(&process->taken, event->goroutine, event->args[1], asked->stack);
}

uint32_t attached_stack_and_asker(struct attached_process *process,
				  const struct attach_event *event)
{
	const struct attached_handed *taken = find(process->taken, event->goroutine);
	uint32_t id = attached_stack(process, event);

	/* Another goroutine may be there by now: its stack does not lead to what was taken. */
	return taken ? attached_stack_joined(process, id, taken->from, taken->stack) : id;
}
