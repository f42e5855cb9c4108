/* SPDX-License-Identifier: MIT */
#include "analyzer/script_stacks/thread_stack.h"

#include <string.h>

#include "analyzer/kernel_view/kernel_stack.h"
#include "analyzer/recordings/observation_scripts.h"
#include "analyzer/script_stacks/script_stack.h"

static uint32_t row_of(void *context, const struct script_place *place)
{
	return observation_script_row(context, place);
}

/*
 * Names the script's frames among COUNT return addresses NATIVE of THREAD. Code of modules that
 * RECORDING does not know would have no names: where there are scripts, they are enough.
 */
static void take_scripts(struct observation *observation, struct observed_thread *thread,
			 const struct recording *recording, const uint64_t *native, size_t count)
{
	const struct script_rows rows = { row_of, observation };
	uint64_t merged[RECORDED_FRAMES_MAX];
	size_t frames = script_stack_merge(observation->pid, thread->thread, native, count, &rows,
					   merged, RECORDED_FRAMES_MAX);
	size_t i;

	thread->frames = 0;
	for (i = 0; i < frames && thread->frames < OBSERVED_FRAMES_MAX; i++)
		if (recorded_is_script(merged[i]) ||
		    recording_module_at(recording, merged[i] - 1, UINT32_MAX))
			thread->pc[thread->frames++] = merged[i];
}

void thread_stack_read_scripts(struct observation *observation, struct observed_thread *thread,
			       const struct recording *recording)
{
	take_scripts(observation, thread, recording, NULL, 0);
}

void thread_stack_read(struct observation *observation, struct observed_thread *thread,
		       const struct recording *recording)
{
	uint64_t native[RECORDED_FRAMES_MAX];
	size_t count =
		kernel_stack_read(native, RECORDED_FRAMES_MAX, observation->pid, thread->thread);

	take_scripts(observation, thread, recording, native, count);
	if (thread->frames)
		return;
	thread->frames = count < OBSERVED_FRAMES_MAX ? (uint32_t)count : OBSERVED_FRAMES_MAX;
	memcpy(thread->pc, native, thread->frames * sizeof(*native));
}
