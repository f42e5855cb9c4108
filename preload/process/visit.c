/* SPDX-License-Identifier: MIT */
#include "preload/process/visit.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>
#include "preload/ledger/ledger_child.h"
#include "preload/platform/clock.h"
#include "preload/platform/thread.h"
#include "preload/unwind/backtrace.h"
#include "preload/unwind/unwind_bounds.h"

/* How long a thread waits for another one that makes what both need. */
#define WAIT_MAX_NS 50000000ull

/* What one thread does for all: claimed by compare-and-swap. */
enum claim {
	CLAIM_OPEN = 0, /* also what the kernel leaves of a page under MADV_WIPEONFORK */
	CLAIM_TAKEN,    /* somebody is about it */
	CLAIM_DONE,
};

/*
 * A page that the kernel empties in every forked child (MADV_WIPEONFORK), also where the fork was
 * a bare clone() that no handler of ours has seen: the claim to enter the child is open there and
 * done here, which distinguishes the two without a system call. NULL: the gate is closed.
 */
struct fork_mark {
	enum claim entered;
};
static struct fork_mark *fork_mark;

static bool given_up; /* no recording could be made, or none must be */
static struct ledger *own_ledger;
static visit_make_recording *make_recording;
static enum claim recording_made;
static uint64_t unwritten_losses; /* sockets, before there was a recording to count them in */
static pid_t owner;
static bool memory_is_shared;

/*
 * The thread's visit. A signal handler may leave it by longjmp(), and then nobody ends it: it is
 * distinguished from one that is merely interrupted by where it lies (backtrace_frame_was_left()),
 * and the next visit that is no deeper ends it, and puts the cancellation state back in its stead.
 */
static __thread struct {
	uintptr_t inside; /* the place of the struct visit that is under way, or 0 */
	uintptr_t keeps;  /* of the one that must put the cancellation state back, or 0 */
	int cancel_state; /* which is this */
} under_way __attribute__((tls_model("initial-exec")));

/* Set and cleared by vfork.S, in the thread-local storage that both sides share. */
__thread bool vfork_child __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* True for one caller, who then finishes it. */
static bool take_claim(enum claim *claim)
{
	enum claim open = CLAIM_OPEN;

	return __atomic_compare_exchange_n(claim, &open, CLAIM_TAKEN, false, __ATOMIC_ACQUIRE,
					   __ATOMIC_ACQUIRE);
}

static void finish_claim(enum claim *claim)
{
	__atomic_store_n(claim, CLAIM_DONE, __ATOMIC_RELEASE);
}

/*
 * Waits for whoever took it. A signal handler may have left that thread's visit by longjmp(): so
 * not indefinitely, and nobody waits again.
 */
static void await_claim(enum claim *claim)
{
	uint64_t start = clock_now();
	enum claim taken;

	while (__atomic_load_n(claim, __ATOMIC_ACQUIRE) == CLAIM_TAKEN &&
	       clock_now() - start < WAIT_MAX_NS)
		sched_yield();
	taken = CLAIM_TAKEN;
	__atomic_compare_exchange_n(claim, &taken, CLAIM_DONE, false, __ATOMIC_ACQ_REL,
				    __ATOMIC_ACQUIRE);
}

/*
 * Does the recording have this thread in poll()? It has left that by longjmp(), or is in a signal
 * handler, and then poll() returns when that does.
 */
static void leave_poll(struct recording_header *header)
{
	if (__builtin_expect(__atomic_load_n(&header->polled.waits, __ATOMIC_RELAXED) != 0, 0) &&
	    __atomic_load_n(&header->polled.thread, __ATOMIC_RELAXED) == thread_id(header->pid))
		__atomic_store_n(&header->polled.waits, 0, __ATOMIC_RELAXED);
}

bool visit_begin(struct visit *visit)
{
	struct fork_mark *mark = __atomic_load_n(&fork_mark, __ATOMIC_ACQUIRE);
	uintptr_t place = (uintptr_t)visit;
	bool was_left;

	if (!mark || given_up || !thread_storage_is_set_up())
		return false;
	if (__builtin_expect(under_way.inside != 0, 0) &&
	    !backtrace_frame_was_left(under_way.inside, place))
		return false;
	was_left = under_way.keeps && backtrace_frame_was_left(under_way.keeps, place);
	under_way.inside = place;
	if (!under_way.keeps || was_left)
		under_way.keeps = place;
	visit->ledger = own_ledger;
	visit->errno_at_entry = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &visit->cancel_state_at_entry);
	if (__builtin_expect(was_left, 0)) {
		if (visit->cancel_state_at_entry == PTHREAD_CANCEL_DISABLE)
			visit->cancel_state_at_entry = under_way.cancel_state;
		backtrace_give_up();
	}
	if (under_way.keeps == place)
		under_way.cancel_state = visit->cancel_state_at_entry;
	if (__builtin_expect(__atomic_load_n(&mark->entered, __ATOMIC_ACQUIRE) != CLAIM_DONE, 0))
		visit_enter_child();
	if (ledger_is_open(own_ledger))
		leave_poll(own_ledger->header);
	return true;
}

void visit_end(const struct visit *visit)
{
	errno = visit->errno_at_entry;
	under_way.inside = 0;
	/* A thread cancelled asynchronously ends in here. */
	pthread_setcancelstate(visit->cancel_state_at_entry, NULL);
	if (under_way.keeps == (uintptr_t)visit)
		under_way.keeps = 0;
}

const struct ledger *visit_peek(void)
{
	return own_ledger;
}

struct ledger *visit_own_recording(void)
{
	struct fork_mark *mark = __atomic_load_n(&fork_mark, __ATOMIC_ACQUIRE);

	if (!mark || __atomic_load_n(&mark->entered, __ATOMIC_ACQUIRE) != CLAIM_DONE || given_up ||
	    !thread_storage_is_set_up() || vfork_child || !ledger_is_open(own_ledger))
		return NULL;
	return own_ledger;
}

bool visit_under_way(void)
{
	return thread_storage_is_set_up() && under_way.inside != 0;
}

bool visit_by_vfork_child(void)
{
	return vfork_child;
}

bool visit_by_another_process(const struct visit *visit)
{
	if (vfork_child)
		return true;
	if (!memory_is_shared && unwind_bounds_are_own((uintptr_t)visit))
		return false;
	return getpid() != owner;
}

void visit_expect_shared_memory(void)
{
	__atomic_store_n(&memory_is_shared, true, __ATOMIC_RELAXED);
}

/* Losses from before there was a recording, into the recording. */
static void write_losses(struct ledger *ledger)
{
	uint64_t losses = __atomic_exchange_n(&unwritten_losses, 0, __ATOMIC_RELAXED);

	__atomic_fetch_add(&ledger->header->lost[LOST_SOCKETS], losses, __ATOMIC_RELAXED);
}

bool visit_recording(const struct visit *visit)
{
	struct ledger *ledger = visit->ledger;

	if (__builtin_expect(ledger_is_open(ledger), 1))
		return true;
	if (take_claim(&recording_made)) {
		if (make_recording(ledger))
			write_losses(ledger);
		else
			given_up = true;
		finish_claim(&recording_made);
	} else {
		await_claim(&recording_made);
	}
	if (ledger_is_open(ledger))
		return true;
	if (!given_up)
		__atomic_fetch_add(&unwritten_losses, 1, __ATOMIC_RELAXED);
	return false;
}

bool visit_open_gate(struct ledger *ledger, visit_make_recording *make)
{
	struct fork_mark *page;
	long size = sysconf(_SC_PAGESIZE);

	page = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED)
		return false;
	if (madvise(page, size, MADV_WIPEONFORK) < 0) {
		munmap(page, size);
		return false;
	}
	page->entered = CLAIM_DONE;
	recording_made = CLAIM_DONE;
	own_ledger = ledger;
	make_recording = make;
	owner = getpid();
	__atomic_store_n(&fork_mark, page, __ATOMIC_RELEASE);
	return true;
}

void visit_close_gate(void)
{
	given_up = true;
}

void visit_enter_child(void)
{
	struct fork_mark *mark = fork_mark;

	if (!mark || given_up)
		return;
	if (!take_claim(&mark->entered)) {
		await_claim(&mark->entered);
		return;
	}
	ledger_leave_to_parent(own_ledger);
	owner = getpid();
	unwritten_losses = 0;
	__atomic_store_n(&recording_made, CLAIM_OPEN, __ATOMIC_RELEASE);
	finish_claim(&mark->entered);
}
