/* SPDX-License-Identifier: MIT */
#include "analyzer/observer/recorded_cookies.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"

static int by_number(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? -1 : a > b;
}

static void add(struct recorded_cookies *cookies, uint64_t cookie)
{
	*(uint64_t *)allocate_next(&cookies->list, cookies->count, sizeof(uint64_t)) = cookie;
	cookies->count++;
}

struct recorded_cookies recorded_cookies_of(const struct observed_process *processes, size_t count)
{
	struct recorded_cookies cookies = { 0 };
	size_t i, j;

	for (i = 0; i < count; i++) {
		const struct recording *recording = processes[i].recording;

		for (j = 0; j < recording->socket_count; j++)
			if (recording->sockets[j].life & LIFE_OPEN)
				add(&cookies, recording->sockets[j].cookie);
		for (j = 0; j < recording->departure_count; j++)
			add(&cookies, recording->departures[j].cookie);
	}
	if (cookies.count)
		qsort(cookies.list, cookies.count, sizeof(*cookies.list), by_number);
	return cookies;
}

void recorded_cookies_clear(struct recorded_cookies *cookies)
{
	free(cookies->list);
}

bool recorded_cookies_have(const struct recorded_cookies *cookies, uint64_t cookie)
{
	return cookies->count &&
	       bsearch(&cookie, cookies->list, cookies->count, sizeof(*cookies->list), by_number);
}
