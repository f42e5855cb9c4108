/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/target_python.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/script_stacks/script_stack.h"
#include "preload/ledger/script_table.h"

/* So many processors may each have an event of one process under way. */
#define PENDING_MAX 32

struct target_python {
	struct python_process process;
	struct attach_scripts *pending[PENDING_MAX]; /* NULL: none */
	unsigned int next;
};

_Static_assert(ATTACH_NO_CFRAME == NO_CFRAME, "as in the layouts");
_Static_assert(offsetof(struct attach_scripts, pid) == offsetof(struct attach_event, pid),
	       "the process is found by it");

static struct target_python *new_python(const struct python_process *process)
{
	struct target_python *python = allocate_zeroed(1, sizeof(*python));

	python->process = *process;
	return python;
}

struct target_python *target_python_find(int pid)
{
	struct python_process found;

	return python_process_find(&found, pid) ? new_python(&found) : NULL;
}

struct target_python *target_python_fork(const struct target_python *parent, int pid)
{
	struct target_python *python = parent ? new_python(&parent->process) : NULL;

	if (python)
		python->process.task = proc_task(pid);
	return python;
}

void target_python_free(struct target_python *python)
{
	size_t i;

	for (i = 0; python && i < PENDING_MAX; i++)
		free(python->pending[i]);
	free(python);
}

struct attach_python target_python_places(const struct target_python *python)
{
	const struct python_layout *layout = &python->process.layout;

	return (struct attach_python){
		.runtime = python->process.runtime,
		.runtime_interpreters = layout->runtime_interpreters,
		.interpreter_next = layout->interpreter_next,
		.interpreter_threads = layout->interpreter_threads,
		.thread_pthread = layout->thread_pthread,
		.thread_frame = layout->thread_frame,
		.cframe_frame = layout->cframe_frame,
		.frame_size = layout->frame_size,
		.frame_code = layout->frame_code,
		.frame_previous = layout->frame_previous,
		.frame_instruction = layout->frame_instruction,
		.frame_owner = layout->frame_owner,
		.frame_entry = layout->frame_entry,
		.code_file = layout->code_file,
		.code_function = layout->code_function,
		.code_lines = layout->code_lines,
	};
}

void target_python_keep(struct target_python *python, const struct attach_scripts *scripts)
{
	struct attach_scripts **pending;

	if (scripts->count > ATTACH_SCRIPTS_MAX)
		return;
	pending = &python->pending[python->next++ % PENDING_MAX];
	if (!*pending)
		*pending = allocate_zeroed(1, sizeof(**pending));
	**pending = *scripts;
}

static const struct attach_scripts *find_pending(const struct target_python *python,
						 const struct attach_event *event)
{
	size_t i;

	for (i = 0; i < PENDING_MAX; i++) {
		const struct attach_scripts *pending = python->pending[i];

		if (pending && pending->hash == event->scripts &&
		    pending->thread == event->thread && pending->image == event->image)
			return pending;
	}
	return NULL;
}

static bool take_chain(struct python_process *python, const struct attach_scripts *scripts,
		       struct python_chain *chain)
{
	uint32_t i;

	*chain = (struct python_chain){ .count = 0 };
	for (i = 0; i < scripts->count; i++) {
		const struct attach_script *script = &scripts->list[i];
		const struct python_raw_frame frame = {
			.code = script->code,
			.instruction = script->instruction,
			.owner = script->owner,
			.entry = script->entry,
		};

		if (!python_chain_add(python, &frame, chain))
			return false;
	}
	chain->cut = scripts->cut != 0;
	return chain->count > 0;
}

static uint32_t row_of(void *context, const struct script_place *place)
{
	const struct script_line line = { .language = place->language,
					  .file = place->file,
					  .function = place->function,
					  .line = place->line };

	return script_row(context, &line);
}

size_t target_python_merge(struct target_python *python, struct ledger *ledger,
			   const struct attach_event *event, const struct native_stack *native,
			   uint64_t *merged, bool *cut)
{
	const struct script_rows rows = { row_of, ledger };
	const struct attach_scripts *scripts = event->scripts ? find_pending(python, event) : NULL;
	struct python_chain chain;

	if (!scripts || !take_chain(&python->process, scripts, &chain))
		return 0;
	return script_stack_place(&python->process, &chain, native, &rows, merged,
				  RECORDED_FRAMES_MAX, cut);
}
