/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/recording_snapshot.h"

#include <stdlib.h>
#include <string.h>

#define STRING_MAX 4096u

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	free(recording->path);
	free(recording->descriptors);
	free(recording->sockets);
	free(recording->modules);
	free(recording->totals);
	free(recording->departures);
	free(recording->births);
	free(recording->stacks);
	free(recording->scripts);
	free(recording->pollers);
	free(recording->strings);
	free(recording);
}

const uint64_t *recording_stack(const struct recording *recording, uint32_t id, size_t *count,
				uint32_t *seq)
{
	uint64_t offset = (uint64_t)id * RECORDED_STACK_UNIT;
	const struct recorded_stack *stack;

	*count = 0;
	*seq = 0;
	if (id == 0 || offset + sizeof(*stack) > recording->stacks_size)
		return NULL;
	stack = (const struct recorded_stack *)(recording->stacks + offset);
	if (stack->frames == 0 || stack->frames > RECORDED_FRAMES_MAX)
		return NULL;
	if (offset + sizeof(*stack) + stack->frames * sizeof(uint64_t) > recording->stacks_size)
		return NULL;
	*count = stack->frames;
	*seq = stack->seq;
	return stack->pc;
}

const struct recorded_module *recording_module_at(const struct recording *recording,
						  uint64_t address, uint32_t seq)
{
	const struct recorded_module *best = NULL;
	size_t i;

	for (i = 0; i < recording->module_count; i++) {
		const struct recorded_module *module = &recording->modules[i];

		if (address < module->start || address >= module->end || module->loaded_seq > seq)
			continue;
		if (!best || module->loaded_seq > best->loaded_seq)
			best = module;
	}
	return best;
}

static const char *string_at(const struct recording *recording, uint32_t offset)
{
	const char *text;

	if (offset >= recording->strings_size)
		return "";
	text = recording->strings + offset;
	/* The byte behind the section is ours and NUL. */
	return strnlen(text, STRING_MAX) < STRING_MAX ? text : "";
}

const char *recording_module_path(const struct recording *recording,
				  const struct recorded_module *module)
{
	return module ? string_at(recording, module->path) : "";
}

bool recording_script(const struct recording *recording, uint64_t frame, struct script_place *place)
{
	const struct recorded_script *row;

	*place = (struct script_place){ .file = "", .function = "" };
	if (!recorded_is_script(frame) || recorded_script_row(frame) >= recording->script_count)
		return false;
	row = &recording->scripts[recorded_script_row(frame)];
	place->file = string_at(recording, row->file);
	place->function = string_at(recording, row->function);
	/* Wider ones would not survive the way through JSON and its readers. */
	place->line = row->line <= INT32_MAX ? row->line : 0;
	return true;
}
