/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/identifying_frames.h"

#include "analyzer/base/allocate.h"
#include "analyzer/call_sites/own_code.h"

/* A read goes by one way or another through it, as the bytes are there or not. */
static bool is_built_in(const struct frame *frame)
{
	return frame->script && frame->file &&
	       language_built_in(frame_language(frame), frame->file);
}

static bool has(const struct frame *frame, enum machine_role role)
{
	return frame->function && language_machine_has(role, frame->function);
}

bool frames_run_script(const struct frame *const *frames, size_t count, const char *executable,
		       const struct own_globs *globs)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (frames[i]->script && own_code_is_own(frames[i], executable, globs))
			return true;
	return false;
}

/* How many frames there are up to the outermost of the program's own; all, where none is. */
static size_t up_to_own(const struct frame *const *frames, size_t count, const char *executable,
			const struct own_globs *globs)
{
	bool script = frames_run_script(frames, count, executable, globs);
	size_t end;

	for (end = count; end > 0; end--)
		if ((!script || frames[end - 1]->script) &&
		    own_code_is_own(frames[end - 1], executable, globs))
			return end;
	return count;
}

const struct frame **identifying_frames(const struct frame *frames, size_t count,
					const char *executable, const struct own_globs *globs,
					size_t *identifying_count)
{
	const struct frame **identifying = allocate_zeroed(count ? count : 1, sizeof(*identifying));
	size_t i;

	*identifying_count = 0;
	for (i = 0; i < count && !has(&frames[i], MACHINE_BEGINS); i++)
		if (!has(&frames[i], MACHINE_STANDS_IN) && !is_built_in(&frames[i]) &&
		    !own_code_is_nameless(&frames[i], executable, globs))
			identifying[(*identifying_count)++] = &frames[i];
	*identifying_count = up_to_own(identifying, *identifying_count, executable, globs);
	if (*identifying_count)
		return identifying;
	for (i = 0; i < count; i++)
		identifying[i] = &frames[i];
	*identifying_count = count;
	return identifying;
}
