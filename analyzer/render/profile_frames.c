/* SPDX-License-Identifier: MIT */
#include "analyzer/render/profile_frames.h"

#include <stdlib.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/render/text_output.h"
#include "analyzer/report/frame_words.h"
#include "analyzer/report/short_name.h"

bool profile_has(const struct report_leak *leak)
{
	return report_leak_counting(leak) > 0;
}

const struct report_stack *profile_stack(const struct report_leak *leak)
{
	return leak->stack_count && leak->stacks[0].count ? &leak->stacks[0] : NULL;
}

/* Takes TEXT over. */
static char *escaped(char *text)
{
	char *copy = text_escaped(text);

	free(text);
	return copy;
}

char *profile_frame_name(const struct frame *frame)
{
	return escaped(frame->function ? short_name(frame) : frame_place(frame));
}

char *profile_place_name(const struct report_leak *leak)
{
	return text_escaped(leak->place ? leak->place->name : leak->where);
}

char *profile_program(const struct report *report, const struct report_leak *leak)
{
	const struct report_process *process = report_process_of(report, leak);

	if (!process || !process->executable || !process->executable[0])
		return allocate_text("?");
	return text_escaped(path_base(process->executable));
}

double profile_held_s(const struct report_leak *leak)
{
	double held_ms = 0;
	size_t i;

	for (i = 0; i < leak->socket_count; i++)
		if (leak->sockets[i].held_ms > 0)
			held_ms += leak->sockets[i].held_ms;
	return held_ms / 1000;
}
