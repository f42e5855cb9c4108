/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_unnamed.h"

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"

/* What runs scripts in one process. */
struct machine {
	const struct language *language; /* NULL: nothing does */
	const char *module;
	bool named; /* ... and they are */
};

/* The machine that the stacks of LEAK name; a script in one of them is enough. */
static struct machine machine_of(const struct report_leak *leak)
{
	struct machine machine = { 0 };
	size_t i, j;

	for (i = 0; i < leak->stack_count; i++)
		for (j = 0; j < leak->stacks[i].count; j++) {
			const struct frame *frame = &leak->stacks[i].frames[j];
			const struct language *language =
				frame->script ? NULL
					      : language_of_engine(frame->module, frame->function);

			machine.named = machine.named || frame->script;
			if (machine.language || !language)
				continue;
			machine.language = language;
			machine.module = frame->module;
		}
	return machine;
}

static bool is_named_elsewhere(const struct report *report, size_t process)
{
	size_t i;

	for (i = 0; i < report->leak_count + report->quiet_count; i++)
		if (report->leaks[i].process == process && machine_of(&report->leaks[i]).named)
			return true;
	return false;
}

/* Stated already, by an earlier finding of PROCESS? */
static bool is_stated(const struct report *report, size_t before, size_t process)
{
	size_t i;

	for (i = 0; i < before; i++)
		if (report->leaks[i].process == process && machine_of(&report->leaks[i]).language)
			return true;
	return false;
}

void report_add_unnamed(struct report *report)
{
	size_t i;

	for (i = 0; i < report->leak_count + report->quiet_count; i++) {
		size_t process = report->leaks[i].process;
		struct machine machine = machine_of(&report->leaks[i]);

		if (process >= report->process_count || !machine.language ||
		    is_named_elsewhere(report, process) || is_stated(report, i, process))
			continue;
		sentences_add(&report->processes[process].blind_spots,
			      allocate_printed("frames of %s are not visible (%s): %s",
					       machine.language->spelled, path_base(machine.module),
					       machine.language->invisible));
	}
}
