/* SPDX-License-Identifier: MIT */
#include "preload/runtimes/java/java_runtime.h"

#include "preload/ledger/script_table.h"
#include "preload/platform/clock.h"
#include "preload/runtimes/java/java_interface.h"
#include "preload/runtimes/java/java_machine.h"
#include "preload/runtimes/java/java_method.h"
#include "preload/runtimes/script_frames.h"

static enum frames_taken add_frames(struct ledger *ledger, const struct java_thread *thread,
				    struct script_frames *frames)
{
	struct java_frame found[RECORDED_FRAMES_MAX];
	const uint64_t now_ns = clock_coarse();
	int32_t count = 0, i;

	/* Fails also before the machine is initialised and after its death. */
	if (java_get_stack_trace(thread->jvmti, (int32_t)frames->max, found, &count) != 0)
		return TOOK_NOTHING;
	for (i = 0; i < count; i++) {
		uint32_t row;

		if (!java_method_row(ledger, thread, &found[i], now_ns, &row))
			continue;
		if (row == NO_SCRIPT)
			return TOOK_NO_ROOM;
		script_frames_add(frames, row);
	}
	frames->cut = (size_t)count == frames->max;
	frames->is_whole = true;
	return TOOK_FRAMES;
}

static enum frames_taken take(struct ledger *ledger, const struct native_stack *native,
			      struct script_frames *frames)
{
	struct java_thread thread;

	if (!java_machine_may_ask(ledger, native, &thread))
		return TOOK_FRAMES;
	return add_frames(ledger, &thread, frames);
}

const struct runtime java_runtime = {
	.language = JAVA_LANGUAGE,
	.detect = java_machine_detect,
	.native_frame = java_machine_native_frame,
	.take = take,
};
