/* SPDX-License-Identifier: MIT */
#include "preload/ledger/winding_up.h"

#include <stdbool.h>
#include <sys/resource.h>

#include "preload/ledger/ledger.h"
#include "preload/platform/raw_calls.h"

/* What a thread has done so far. */
struct thread_use {
	uint64_t computed_ns;
	long waits;
};

/* Something that a thread did, and what it had done by then. */
struct moment {
	uint64_t ns; /* 0: it did not */
	struct thread_use use;
};

static __thread struct moment last_close __attribute__((tls_model("initial-exec")));
static __thread struct moment last_answer __attribute__((tls_model("initial-exec")));

static uint64_t to_ns(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000000u + (uint64_t)time->tv_usec * 1000u;
}

static bool ask(struct thread_use *use)
{
	struct rusage usage;

	if (raw_call(SYS_getrusage, RUSAGE_THREAD, (long)(uintptr_t)&usage, 0, 0) < 0)
		return false;
	*use = (struct thread_use){ to_ns(&usage.ru_utime) + to_ns(&usage.ru_stime),
				    usage.ru_nvcsw };
	return true;
}

void winding_up_begin(uint64_t ns)
{
	last_close.ns = ask(&last_close.use) ? ns : 0;
}

void winding_up_answered(uint64_t ns)
{
	last_answer.ns = ask(&last_answer.use) ? ns : 0;
}

/* Stores into *FIELD of HEADER when MOMENT was, if NOW, at the end, nothing has been done since. */
static void note(uint64_t *field, const struct recording_header *header,
		 const struct moment *moment, const struct thread_use *now)
{
	/* A forked child has what its parent's thread had noted. */
	if (moment->ns >= header->start_ns && now->waits == moment->use.waits &&
	    now->computed_ns - moment->use.computed_ns < WINDING_UP_NS)
		__atomic_store_n(field, moment->ns, __ATOMIC_RELAXED);
}

void winding_up_end(const struct ledger *ledger)
{
	struct recording_header *header = ledger->header;
	struct thread_use now;

	if ((!last_close.ns && !last_answer.ns) || !ask(&now))
		return;
	note(&header->wound_up_ns, header, &last_close, &now);
	note(&header->answered_ns, header, &last_answer, &now);
}
