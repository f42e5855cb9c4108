/* SPDX-License-Identifier: MIT */
/* print_script_stack PID TID: the script frames of a thread, read from outside of its process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/kernel_view/kernel_stack.h"
#include "analyzer/recordings/observation_scripts.h"
#include "analyzer/script_stacks/script_stack.h"

static uint32_t row_of(void *context, const struct script_place *place)
{
	return observation_script_row(context, place);
}

int main(int argc, char **argv)
{
	struct observation observation = { .pid = argc == 3 ? atoi(argv[1]) : 0 };
	const struct script_rows rows = { row_of, &observation };
	uint64_t native[RECORDED_FRAMES_MAX], merged[RECORDED_FRAMES_MAX];
	struct script_place place;
	size_t count, i;
	int thread;

	if (argc != 3)
		return 2;
	thread = atoi(argv[2]);
	count = kernel_stack_read(native, RECORDED_FRAMES_MAX, observation.pid, thread);
	count = script_stack_merge(observation.pid, thread, native, count, &rows, merged,
				   RECORDED_FRAMES_MAX);
	for (i = 0; i < count; i++)
		if (observation_script(&observation, merged[i], &place))
			printf("%s\t%s\t%u\n", place.file, place.function, place.line);
		else
			printf("native\n");
	free(observation.scripts);
	free(observation.texts);
	return 0;
}
