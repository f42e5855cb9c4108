/* SPDX-License-Identifier: MIT */
#include "analyzer/report/report_sections.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"
#include "analyzer/report/line.h"
#include "analyzer/report/process_entries.h"
#include "analyzer/report/standings.h"
#include "analyzer/report/thread_entries.h"

#define BLIND_SPOTS_SHOWN 20
#define PIDS_SHOWN        10

/* Symbols that do not fit what was recorded. */
static void fill_warnings(struct report_section *section, const struct report *report)
{
	size_t i;

	section->title = "Warnings:";
	section->warns = true;
	for (i = 0; i < report->warning_count; i++)
		report_section_add(section, allocate_text(report->warnings_of_symbols[i]));
}

static char *blind_spot(const struct report_process *process, const char *what)
{
	char *name, *text;

	if (process->unrecorded)
		return allocate_printed("%s (pid %d) %s",
					process->executable[0] ? process->executable : "a process",
					process->pid, what);
	name = process_name(process->executable, process->pid);
	text = allocate_printed("%s: %s", name, what);
	free(name);
	return text;
}

/* What is not known of one process, or in the same words of several that run one program. */
struct blind_group {
	char *key;
	const struct report_process *process;
	const char *what;
	int pids[PIDS_SHOWN]; /* of the others */
	size_t others;
	UT_hash_handle hh;
};

static void add_to_group(struct blind_group **groups, const struct report_process *process,
			 const char *what)
{
	char *key =
		allocate_printed("%s\n%s", process->executable ? process->executable : "", what);
	struct blind_group *group;

	HASH_FIND_STR(*groups, key, group);
	if (group) {
		free(key);
		if (group->others < PIDS_SHOWN)
			group->pids[group->others] = process->pid;
		group->others++;
		return;
	}
	group = allocate_zeroed(1, sizeof(*group));
	group->key = key;
	group->process = process;
	group->what = what;
	HASH_ADD_KEYPTR(hh, *groups, group->key, strlen(group->key), group);
}

static char *group_text(const struct blind_group *group)
{
	char *first = blind_spot(group->process, group->what);
	struct line line;
	FILE *out;
	size_t i;

	if (!group->others)
		return first;
	out = line_begin(&line);
	fprintf(out, "%s (also pid%s", first, plural(group->others));
	for (i = 0; i < group->others && i < PIDS_SHOWN; i++)
		fprintf(out, "%s %d", i ? "," : "", group->pids[i]);
	if (i < group->others)
		fprintf(out, " and %zu more", group->others - i);
	fputc(')', out);
	free(first);
	return line_end(&line);
}

static void add_blind_spots(struct report_section *section, const struct report *report)
{
	struct blind_group *groups = NULL, *group, *next;
	size_t shown = 0, left = 0, i, j;

	for (i = 0; i < report->process_count; i++)
		for (j = 0; j < report->processes[i].blind_spots.count; j++)
			add_to_group(&groups, &report->processes[i],
				     report->processes[i].blind_spots.list[j]);
	HASH_ITER(hh, groups, group, next) {
		char *text = group_text(group);

		HASH_DEL(groups, group);
		if (shown++ < BLIND_SPOTS_SHOWN) {
			report_section_add(section, text);
		} else {
			free(text);
			left++;
		}
		free(group->key);
		free(group);
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

/* How often suppressions matched. */
static void fill_suppressions(struct report_section *section, const struct report *report)
{
	size_t i;

	section->title = "Suppressions that matched:";
	for (i = 0; i < report->suppression_count; i++) {
		const struct report_suppression *hit = &report->suppressions[i];

		if (hit->findings)
			report_section_add(
				section,
				allocate_printed(
					"%s (%s:%u): %llu socket%s of %llu finding%s",
					hit->suppression->text, hit->suppression->file,
					hit->suppression->line, (unsigned long long)hit->sockets,
					plural(hit->sockets), (unsigned long long)hit->findings,
					plural(hit->findings)));
	}
}

/* One that matches nothing is out of date, or misspelt. */
static void fill_unmatched(struct report_section *section, const struct report *report)
{
	size_t i;

	section->title = "Suppressions that matched nothing:";
	section->warns = true;
	for (i = 0; i < report->suppression_count; i++) {
		const struct suppression *suppression = report->suppressions[i].suppression;

		if (!report->suppressions[i].findings)
			report_section_add(section,
					   allocate_printed("%s (%s:%u)", suppression->text,
							    suppression->file, suppression->line));
	}
}

/* What the baseline knows: with --all it is among the findings. */
static void fill_known(struct report_section *section, const struct report *report)
{
	size_t i;

	section->title = "Known leaks in the baseline (--all shows them):";
	for (i = report->leak_count; i < report->leak_count + report->quiet_count; i++)
		if (report->leaks[i].standing == STANDING_KNOWN)
			report_section_add(section, allocate_text(report->leaks[i].title));
}

static void fill_fixed(struct report_section *section, const struct report *report)
{
	size_t i;

	section->title = STANDING_FIXED;
	for (i = 0; i < report->fixed_count; i++)
		report_section_add(section, standing_fixed_words(report->fixed[i]));
}

void report_sections_fill(struct report *report)
{
	static void (*const all[])(struct report_section *, const struct report *) = {
		thread_entries_fill,  fill_known,     fill_fixed,    fill_suppressions,
		process_entries_fill, fill_unmatched, fill_warnings, fill_blind_spots,
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
