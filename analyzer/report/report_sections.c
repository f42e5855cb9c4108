/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_sections.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/line.h"
#include "analyzer/report/process_entries.h"

#define BLIND_SPOTS_SHOWN 20

/* Symbols that do not fit what was recorded. */
static void fill_warnings(struct report_section *section, const struct report *report)
{
	size_t i;

	section->title = "Warnings:";
	section->warns = true;
	for (i = 0; i < report->warning_count; i++)
		report_section_add(section, allocate_text(report->warnings_of_symbols[i]));
}

static char *blind_spot(const struct report_process *process, bool unrecorded, const char *what)
{
	char *name, *text;

	if (unrecorded)
		return allocate_printed("%s (pid %d) %s",
					process->executable[0] ? process->executable : "a process",
					process->pid, what);
	name = process_name(process->executable, process->pid);
	text = allocate_printed("%s: %s", name, what);
	free(name);
	return text;
}

static void add_blind_spots(struct report_section *section, const struct report *report)
{
	size_t shown = 0, left = 0, i, j;

	for (i = 0; i < report->process_count; i++) {
		const struct report_process *process = &report->processes[i];
		bool unrecorded = report->process_count - i <= report->unrecorded;

		for (j = 0; j < process->blind_spots.count; j++) {
			if (shown == BLIND_SPOTS_SHOWN) {
				left++;
				continue;
			}
			report_section_add(section, blind_spot(process, unrecorded,
							       process->blind_spots.list[j]));
			shown++;
		}
	}
	if (left)
		report_section_add(section, allocate_printed("and %zu more", left));
}

/* Never reads as clean where something could not be seen. */
static void fill_blind_spots(struct report_section *section, const struct report *report)
{
	section->title = "finleak could not see everything:";
	section->warns = true;
	if (report->unreadable)
		report_section_add(section, allocate_printed("%llu recording%s could not be read",
							     (unsigned long long)report->unreadable,
							     plural(report->unreadable)));
	if (report->elsewhere)
		report_section_add(section,
				   allocate_printed("%llu process%s of other users could not be "
						    "examined",
						    (unsigned long long)report->elsewhere,
						    report->elsewhere == 1 ? "" : "es"));
	if (report->unclaimed)
		report_section_add(section,
				   allocate_printed("%llu socket%s in CLOSE_WAIT %s held by no "
						    "process that could be examined",
						    (unsigned long long)report->unclaimed,
						    plural(report->unclaimed),
						    report->unclaimed == 1 ? "is" : "are"));
	add_blind_spots(section, report);
}

void report_sections_fill(struct report *report)
{
	static void (*const all[])(struct report_section *, const struct report *) = {
		process_entries_fill,
		fill_warnings,
		fill_blind_spots,
	};
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct report_section section = { 0 };

		all[i](&section, report);
		if (!section.count)
			continue;
		*(struct report_section *)allocate_next(&report->sections, report->section_count,
							sizeof(section)) = section;
		report->section_count++;
	}
}

void report_sections_clear(struct report *report)
{
	size_t i, j;

	for (i = 0; i < report->section_count; i++) {
		struct report_section *section = &report->sections[i];

		for (j = 0; j < section->count; j++) {
			free(section->entries[j].text);
			sentences_clear(&section->entries[j].details);
		}
		free(section->entries);
	}
	free(report->sections);
}
