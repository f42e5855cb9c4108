/* SPDX-License-Identifier: MIT */
#include "preload/events/transfers.h"

uint8_t touch_reads[TOUCH_NUMBERS];
uint8_t touch_writes[TOUCH_NUMBERS];
__thread int32_t transfers_left __attribute__((tls_model("initial-exec")));

static void store(uint8_t *weights, int fd, enum touch_weight weight)
{
	__atomic_store_n(&weights[(uint16_t)fd], weight, __ATOMIC_RELAXED);
}

void touch_expect(int fd)
{
	store(touch_reads, fd, TOUCH_FIRST);
	store(touch_writes, fd, TOUCH_FIRST);
}

void touch_forget(int fd)
{
	store(touch_reads, fd, TOUCH_UNTRACKED);
	store(touch_writes, fd, TOUCH_UNTRACKED);
}
