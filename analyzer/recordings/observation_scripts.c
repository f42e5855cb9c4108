/* SPDX-License-Identifier: MIT */
#include "analyzer/recordings/observation_scripts.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"

static bool is_row(const struct observation *observation, const struct observed_script *script,
		   const struct script_place *place)
{
	return script->line == place->line &&
	       strcmp(observation->texts + script->function, place->function) == 0 &&
	       strcmp(observation->texts + script->file, place->file) == 0 &&
	       strcmp(observation->texts + script->language, place->language) == 0;
}

static uint32_t add_text(struct observation *observation, const char *text)
{
	const size_t size = strlen(text) + 1, at = observation->text_size;

	char *grown = realloc(observation->texts, at + size);

	if (!grown)
		allocate_failed();
	observation->texts = grown;
	memcpy(observation->texts + at, text, size);
	observation->text_size += size;
	return (uint32_t)at;
}

/* A text that a row has already. */
static uint32_t text_of(struct observation *observation, const char *text)
{
	size_t i;

	for (i = 0; i < observation->script_count; i++) {
		const struct observed_script *script = &observation->scripts[i];

		if (strcmp(observation->texts + script->file, text) == 0)
			return script->file;
		if (strcmp(observation->texts + script->language, text) == 0)
			return script->language;
	}
	return add_text(observation, text);
}

uint32_t observation_script_row(struct observation *observation, const struct script_place *place)
{
	struct observed_script script = { .line = place->line };
	size_t i;

	for (i = 0; i < observation->script_count; i++)
		if (is_row(observation, &observation->scripts[i], place))
			return (uint32_t)i;
	if (observation->script_count == OBSERVED_SCRIPTS_MAX)
		return UINT32_MAX;
	script.language = text_of(observation, place->language);
	script.file = text_of(observation, place->file);
	script.function = add_text(observation, place->function);
	*(struct observed_script *)allocate_next(&observation->scripts, observation->script_count,
						 sizeof(script)) = script;
	return (uint32_t)observation->script_count++;
}

bool observation_script(const struct observation *observation, uint64_t frame,
			struct script_place *place)
{
	uint32_t row = recorded_script_row(frame);
	const struct observed_script *script;

	if (!observation || !recorded_is_script(frame) || row >= observation->script_count)
		return false;
	script = &observation->scripts[row];
	*place = (struct script_place){
		.language = observation->texts + script->language,
		.file = observation->texts + script->file,
		.function = observation->texts + script->function,
		.line = script->line,
	};
	return true;
}

void observation_copy_stack(struct observation *to, struct observed_thread *thread,
			    const struct observation *from,
			    const struct observed_thread *thread_from)
{
	struct script_place place;
	uint32_t row;
	size_t i;

	thread->frames = 0;
	for (i = 0; i < thread_from->frames; i++) {
		uint64_t pc = thread_from->pc[i];

		if (recorded_is_script(pc)) {
			row = observation_script(from, pc, &place)
				      ? observation_script_row(to, &place)
				      : UINT32_MAX;
			if (row == UINT32_MAX)
				break;
			pc = RECORDED_SCRIPT_FRAME | row;
		}
		thread->pc[thread->frames++] = pc;
	}
}
