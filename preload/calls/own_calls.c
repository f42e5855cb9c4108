/* SPDX-License-Identifier: MIT */
/*
 * Calls of the recorder's own, for programs that ask: finleak.h finds them by name and documents
 * them. The number in a name is that of the interface: one that is there never changes its meaning.
 */
#include "preload/ledger/label.h"
#include "preload/platform/clock.h"
#include "preload/platform/real_calls.h"
#include "preload/process/left_open.h"
#include "preload/process/visit.h"

uint64_t finleak_1_checkpoint(void);
long finleak_1_leaked(uint64_t checkpoint);
int finleak_1_label(const char *label);

EXPORTED uint64_t finleak_1_checkpoint(void)
{
	struct visit visit;

	if (!visit_begin(&visit))
		return 0;
	visit_end(&visit);
	return clock_now();
}

EXPORTED long finleak_1_leaked(uint64_t checkpoint)
{
	struct visit visit;
	long count = -1;

	if (!visit_begin(&visit))
		return count;
	if (!visit_by_another_process(&visit))
		count = left_open_since(&visit, checkpoint);
	visit_end(&visit);
	return count;
}

EXPORTED int finleak_1_label(const char *label)
{
	bool is_set = false;
	struct visit visit;

	if (!visit_begin(&visit))
		return -1;
	if (!visit_by_another_process(&visit) && visit_recording(&visit))
		is_set = label_set(visit.ledger, label ? label : "");
	visit_end(&visit);
	return is_set ? 0 : -1;
}
