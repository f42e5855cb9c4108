/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attach_losses.h"

#include <stddef.h>

/* The process whose recording counts; NULL: there can't be one. */
static struct attached_process *counting(const struct attach_losses *losses,
					 struct attached_process *processes)
{
	struct attached_process *process;

	for (process = processes; process; process = process->hh.next)
		if (ledger_is_open(process->ledger))
			return process;
	process = losses->ended ? losses->ended : processes;
	return process && attached_process_record(process) ? process : NULL;
}

bool attach_losses_take(struct attach_losses *losses, uint64_t in_kernel,
			struct attached_process *processes)
{
	uint64_t lost = in_kernel + losses->strangers;
	struct attached_process *process;

	if (lost == losses->counted)
		return false;
	for (process = processes; process; process = process->hh.next)
		process->lost_events = true;
	process = counting(losses, processes);
	if (process) {
		process->ledger->header->lost[LOST_EVENTS] += lost - losses->counted;
		losses->counted = lost;
	}
	return true;
}

void attach_losses_bury(struct attach_losses *losses, struct attached_process *process)
{
	struct attached_process *kept = losses->ended;

	if (kept && ledger_is_open(kept->ledger) && !ledger_is_open(process->ledger)) {
		attached_process_free(process);
		return;
	}
	attached_process_free(kept);
	losses->ended = process;
}

void attach_losses_clear(struct attach_losses *losses)
{
	attached_process_free(losses->ended);
	losses->ended = NULL;
}
