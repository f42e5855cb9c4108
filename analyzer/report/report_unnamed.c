/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_unnamed.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"

/* What runs scripts in one process. */
struct machine {
	const struct language *language; /* the first that its stacks name; NULL: none */
	const char *module;
	bool named; /* a stack has a script's frame */
};

static void machine_learn(struct machine *machine, const struct report_leak *leak)
{
	size_t i, j;

	for (i = 0; i < leak->stack_count && !machine->named; i++)
		for (j = 0; j < leak->stacks[i].count; j++) {
			const struct frame *frame = &leak->stacks[i].frames[j];
			const struct language *language;

			if (frame->script) {
				machine->named = true;
				break;
			}
			if (machine->language)
				continue;
			language = language_of_engine(frame->module, frame->function);
			machine->language = language;
			machine->module = frame->module;
		}
}

/* What helps to see the frames of LANGUAGE in RECORDING's process. */
static const char *advice(const struct language *language, const struct recording *recording)
{
	if (recording->header.options & OPTION_KERNEL && language->is_recorded)
		return "from the kernel, finleak sees only the machine that runs them. Start the "
		       "program "
		       "with finleak run, or with libfinleak.so preloaded, to see them.";
	return language->invisible;
}

void report_add_unnamed(struct report *report, const struct recordings *recordings)
{
	struct machine *machines = allocate_zeroed(report->process_count, sizeof(*machines));
	size_t i;

	for (i = 0; i < report->leak_count + report->quiet_count; i++)
		if (report->leaks[i].process < report->process_count)
			machine_learn(&machines[report->leaks[i].process], &report->leaks[i]);
	for (i = 0; i < recordings->count && i < report->process_count; i++) {
		struct machine *machine = &machines[i];

		/* With a map, stacks without a script are the event loop's own. */
		if (!machine->language || machine->named ||
		    backtraces_have_map(report->backtraces, recordings->list[i].recording))
			continue;
		sentences_add(
			&report->processes[i].blind_spots,
			allocate_printed("frames of %s are not visible (%s): %s",
					 machine->language->spelled, path_base(machine->module),
					 advice(machine->language, recordings->list[i].recording)));
	}
	free(machines);
}
