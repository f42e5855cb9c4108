/* SPDX-License-Identifier: MIT */
#include "preload/process/visit.h"

#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>
#include "preload/unwind/backtrace.h"
#include "preload/ledger/ledger.h"

/*
 * A page that the kernel empties in every forked child (MADV_WIPEONFORK), also where the fork was
 * a bare clone() that no handler of ours has seen: a zero here tells the child from its parent
 * without a system call. NULL: the gate is closed.
 */
struct fork_mark {
	bool same_process;
};
static struct fork_mark *fork_mark;

static bool given_up; /* no recording could be made, or none must be */
static visit_make_recording *make_recording;
static pid_t owner;

/*
 * The thread's visit. A signal handler may leave it by longjmp(), and then nobody ends it: it is
 * told from one that is merely interrupted by where it lies (backtrace_frame_was_left()), and the
 * next visit that is no deeper ends it, and puts the cancellation state back in its stead.
 */
static __thread struct {
	uintptr_t inside; /* the place of the struct visit that is under way, or 0 */
	uintptr_t keeps;  /* of the one that must put the cancellation state back, or 0 */
	int cancel_state; /* which is this */
} under_way __attribute__((tls_model("initial-exec")));

/* Set and cleared by vfork.S, in the thread-local storage that both sides share. */
__thread bool vfork_child __attribute__((tls_model("initial-exec"), visibility("hidden")));

bool visit_begin(struct visit *visit)
{
	struct fork_mark *mark = __atomic_load_n(&fork_mark, __ATOMIC_ACQUIRE);
	uintptr_t place = (uintptr_t)visit;
	bool was_left;

	if (!mark || given_up)
		return false;
	if (__builtin_expect(under_way.inside != 0, 0) &&
	    !backtrace_frame_was_left(under_way.inside, place))
		return false;
	was_left = under_way.keeps && backtrace_frame_was_left(under_way.keeps, place);
	under_way.inside = place;
	if (!under_way.keeps || was_left)
		under_way.keeps = place;
	visit->errno_at_entry = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &visit->cancel_state_at_entry);
	if (__builtin_expect(was_left, 0)) {
		if (visit->cancel_state_at_entry == PTHREAD_CANCEL_DISABLE)
			visit->cancel_state_at_entry = under_way.cancel_state;
		backtrace_give_up();
	}
	if (under_way.keeps == place)
		under_way.cancel_state = visit->cancel_state_at_entry;
	if (__builtin_expect(!mark->same_process, 0))
		visit_enter_child();
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

bool visit_is_recorded(void)
{
	struct fork_mark *mark = __atomic_load_n(&fork_mark, __ATOMIC_ACQUIRE);

	return mark && mark->same_process && !given_up && !vfork_child && ledger_header;
}

bool visit_under_way(void)
{
	return under_way.inside != 0;
}

bool visit_by_vfork_child(void)
{
	return vfork_child;
}

bool visit_by_another_process(void)
{
	/* No owner yet: the start-up, which no such child sees. */
	return vfork_child || (owner != 0 && getpid() != owner);
}

bool visit_recording(void)
{
	if (__builtin_expect(ledger_header != NULL, 1))
		return true;
	if (!given_up && !make_recording())
		given_up = true;
	return !given_up;
}

bool visit_open_gate(visit_make_recording *make)
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
	page->same_process = true;
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
	if (given_up)
		return;
	ledger_leave_to_parent();
	fork_mark->same_process = true;
	owner = getpid();
}
