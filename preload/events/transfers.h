/* SPDX-License-Identifier: MIT */
/*
 * Who uses a socket: the stack of the first read and of the first write that move bytes on it, and
 * of every 128th such call of a thread. In an event loop these lead to a handler where the end of
 * the stream leads to the loop alone. Until bytes come it is the first read that found none: Asio's
 * handlers make it, and the loop all later ones.
 *
 * Where bytes arrive nothing that threads share is written: the wrapper reads a weight, by
 * descriptor number, and subtracts it from a counter of its thread. What is not tracked weighs
 * nothing, a first time more than the counter can be.
 */
#ifndef FINLEAK_TRANSFERS_H
#define FINLEAK_TRANSFERS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define TOUCH_PERIOD 128

enum touch_weight {
	TOUCH_UNTRACKED = 0,
	TOUCH_TRACKED = 1,
	/* No bytes have moved: a read that found none is noted, ... */
	TOUCH_ASKED = 199,
	/* ... or is to be. */
	TOUCH_FIRST = 200,
};

#define TOUCH_NUMBERS 65536

/* By the low 16 bits of the descriptor: of two that share them, one may count for the other. */
extern uint8_t touch_reads[TOUCH_NUMBERS] __attribute__((visibility("hidden")));
extern uint8_t touch_writes[TOUCH_NUMBERS] __attribute__((visibility("hidden")));

/* How many more transfers of this thread go by, each of the weight of its descriptor. */
extern __thread int32_t transfers_left
	__attribute__((tls_model("initial-exec"), visibility("hidden")));

/* Bytes moved on *FD, whose weights are in WEIGHTS: is it time to note who moved them? */
static inline bool touch_is_due(const uint8_t *weights, const int *fd)
{
	return __builtin_expect((transfers_left -= weights[(uint16_t)*fd]) < 0, false);
}

/* As touch_is_due(), for the first time alone: two instructions less. */
static inline bool touch_is_first(const uint8_t *weights, const int *fd)
{
	return __builtin_expect(weights[(uint16_t)*fd] > TOUCH_TRACKED, false);
}

/* A read of *FD found no bytes: is it the first one? */
static inline bool touch_is_asked(const int *fd)
{
	return __builtin_expect(touch_reads[(uint16_t)*fd] == TOUCH_FIRST, false);
}

/* As struct receiving (events.h), of calls that were given less to keep. */
struct moving {
	int fd;
};

struct moving_message {
	int fd;
	struct msghdr *message;
};

struct moving_parts {
	int fd;
	int count;
	const struct iovec *parts;
};

/* These keep the arguments in memory over the real call, as receiving() does. */
static inline struct moving moving(int fd)
{
	struct moving kept = { .fd = fd };

	__asm__ volatile("" : "+m"(kept));
	return kept;
}

static inline struct moving_message moving_message(int fd, const struct msghdr *message)
{
	struct moving_message kept = { .fd = fd, .message = (struct msghdr *)(uintptr_t)message };

	__asm__ volatile("" : "+m"(kept));
	return kept;
}

static inline struct moving_parts moving_parts(int fd, const struct iovec *parts, int count)
{
	struct moving_parts kept = { .fd = fd, .count = count, .parts = parts };

	__asm__ volatile("" : "+m"(kept));
	return kept;
}

/* FD is about to become a tracked socket's; its first transfers are to be noted. Signal-safe. */
void touch_expect(int fd);

/* FD is not tracked from now on. Signal-safe. */
void touch_forget(int fd);

#endif
