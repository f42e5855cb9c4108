/* SPDX-License-Identifier: MIT */
/*
 * A plugin whose frames have ROOM bytes of locals. Built with several sizes: the code is the same
 * but for the numbers, so that one lies where the other lay, with frames of another size.
 */
#ifndef ROOM
#define ROOM 16
#endif

__attribute__((visibility("default"))) void call_through(int depth, void (*what)(void));

static __attribute__((noinline)) void middle(int depth, void (*what)(void))
{
	volatile char room[ROOM];

	room[0] = (char)depth;
	room[ROOM - 1] = room[0];
	if (depth > 0)
		middle(depth - 1, what);
	else
		what();
	room[0] = room[ROOM - 1];
}

void call_through(int depth, void (*what)(void))
{
	volatile char room[ROOM + 64];

	room[ROOM + 63] = (char)depth;
	middle(depth, what);
	room[0] = room[ROOM + 63];
}
