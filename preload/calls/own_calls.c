/* SPDX-License-Identifier: MIT */
/*
 * Calls of the recorder's own, for programs that ask: finleak.h finds them by name and documents
 * them, own_calls.h those that runtimes use. The number in a name is that of the interface: one
 * that is there never changes its meaning.
 */
#include "preload/calls/own_calls.h"

#include "preload/events/events.h"
#include "preload/ledger/label.h"
#include "preload/ledger/script_table.h"
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

/* As many as are worth their time. */
#define LINES_MAX 32

EXPORTED int finleak_1_opened_for(int fd, const char *language, const struct finleak_1_line *lines,
				  size_t count)
{
	struct script_line copies[LINES_MAX];
	size_t i;

	if (count > LINES_MAX)
		count = LINES_MAX;
	for (i = 0; i < count; i++)
		copies[i] = (struct script_line){ .language = language,
						  .file = lines[i].file,
						  .function = lines[i].function,
						  .line = lines[i].line };
	return note_opened_for(fd, copies, count) ? 0 : -1;
}
