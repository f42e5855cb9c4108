/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recording_snapshot.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/recordings/interned.h"
#include "analyzer/recordings/module_index.h"

#define STRING_MAX 4096u

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	free(recording->path);
	free(recording->descriptors);
	free(recording->sockets);
	free(recording->totals);
	free(recording->departures);
	free(recording->births);
	free(recording->pollers);
	interned_release(recording->interned);
	free(recording);
}

bool recording_lacks_parent(const struct recording *recording)
{
	return recording->interned && recording->interned->lacks_parent;
}

const uint64_t *recording_stack(const struct recording *recording, uint32_t id, size_t *count,
				uint32_t *seq)
{
	uint64_t offset = (uint64_t)id * RECORDED_STACK_UNIT;
	const struct recorded_stack *stack;

	*count = 0;
	*seq = 0;
	stack = interned_records(recording->interned, SECTION_STACKS, offset, sizeof(*stack));
	if (id == 0 || !stack || stack->frames == 0 || stack->frames > RECORDED_FRAMES_MAX)
		return NULL;
	if (!interned_records(recording->interned, SECTION_STACKS, offset,
			      sizeof(*stack) + stack->frames * sizeof(uint64_t)))
		return NULL;
	*count = stack->frames;
	*seq = stack->seq;
	return stack->pc;
}

void recording_each_stack(const struct recording *recording,
			  void (*take)(void *context, uint32_t id), void *context)
{
	const struct interned_section *section;
	uint64_t offset;

	if (!recording->interned)
		return;
	section = &recording->interned->sections[SECTION_STACKS];
	offset = section->first > RECORDED_STACK_UNIT ? section->first : RECORDED_STACK_UNIT;
	while (offset < section->end) {
		uint32_t id = (uint32_t)(offset / RECORDED_STACK_UNIT), seq;
		size_t count;

		/* Each follows the one before, without a gap. */
		if (!recording_stack(recording, id, &count, &seq))
			return;
		take(context, id);
		offset += sizeof(struct recorded_stack) + count * sizeof(uint64_t);
	}
}

bool recording_charge_stack(const struct recording *recording, uint32_t id)
{
	uint32_t seq;
	size_t count;

	if (!recording_stack(recording, id, &count, &seq))
		return false;
	return interned_charge(recording->interned, (uint64_t)id * RECORDED_STACK_UNIT,
			       sizeof(struct recorded_stack) + count * sizeof(uint64_t));
}

/* The index of what LEVEL's own file has. */
static const struct module_index *index_of(struct interned *level)
{
	const struct interned_section *section = &level->sections[SECTION_MODULES];

	if (!level->modules)
		level->modules = module_index_new((const void *)section->records,
						  section->end - section->first);
	return level->modules;
}

const struct recorded_module *recording_module_at(const struct recording *recording,
						  uint64_t address, uint32_t seq)
{
	const struct recorded_module *best = NULL;
	uint64_t limit = UINT64_MAX;
	struct interned *level;

	for (level = recording->interned; level; level = level->parent) {
		const struct interned_section *section = &level->sections[SECTION_MODULES];
		const struct recorded_module *found = NULL;

		if (limit > section->first)
			found = module_index_find(index_of(level), address, seq,
						  limit - section->first);
		if (found && (!best || found->loaded_seq > best->loaded_seq))
			best = found;
		/* What the parent has loaded since is not this one's. */
		if (section->inherited < limit)
			limit = section->inherited;
	}
	return best;
}

static const char *string_at(const struct recording *recording, uint32_t offset)
{
	const char *text = interned_records(recording->interned, SECTION_STRINGS, offset, 1);

	/* The byte behind the section is ours and NUL. */
	return text && strnlen(text, STRING_MAX) < STRING_MAX ? text : "";
}

const char *recording_module_path(const struct recording *recording,
				  const struct recorded_module *module)
{
	return module ? string_at(recording, module->path) : "";
}

const char *recording_label(const struct recording *recording, uint32_t label)
{
	const char *text = label ? string_at(recording, label - 1) : "";

	return strnlen(text, RECORDED_LABEL_MAX) < RECORDED_LABEL_MAX ? text : "";
}

bool recording_script(const struct recording *recording, uint64_t frame, struct script_place *place)
{
	const struct recorded_script *row;

	*place = (struct script_place){ .language = "", .file = "", .function = "" };
	if (!recorded_is_script(frame))
		return false;
	row = interned_records(recording->interned, SECTION_SCRIPTS, recorded_script_row(frame), 1);
	if (!row)
		return false;
	place->file = string_at(recording, row->file);
	place->language = row->language ? string_at(recording, row->language - 1) : "";
	place->function = string_at(recording, row->function);
	/* Wider ones would not survive the way through JSON and its readers. */
	place->line = row->line <= INT32_MAX ? row->line : 0;
	return true;
}
