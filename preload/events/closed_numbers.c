/* SPDX-License-Identifier: MIT */
#include "preload/events/closed_numbers.h"

#define NUMBERS 4096u

/* By the low bits of the number. */
static struct closed_number {
	uint64_t ns;
	uint32_t stack;
	int32_t fd; /* + 1 */
} closed_numbers[NUMBERS];

static struct closed_number *of(int fd)
{
	return &closed_numbers[(unsigned int)fd % NUMBERS];
}

/*
 * The kernel gives the number out again only after the close that follows: no reader is under way
 * for this number. One for another number of the same low bits compares FD, which is stored last.
 */
void closed_number_note(int fd, uint32_t stack, uint64_t now)
{
	struct closed_number *number = of(fd);

	__atomic_store_n(&number->ns, now, __ATOMIC_RELAXED);
	__atomic_store_n(&number->stack, stack, __ATOMIC_RELAXED);
	__atomic_store_n(&number->fd, fd + 1, __ATOMIC_RELEASE);
}

void closed_number_tell(int fd, struct recorded_socket *row)
{
	const struct closed_number *number = of(fd);

	if (__atomic_load_n(&number->fd, __ATOMIC_ACQUIRE) != fd + 1)
		return;
	row->number_closed_ns = __atomic_load_n(&number->ns, __ATOMIC_RELAXED);
	row->number_closed_stack = __atomic_load_n(&number->stack, __ATOMIC_RELAXED);
}
