/* SPDX-License-Identifier: MIT */
#include "analyzer/report/frame_words.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"

/* Demangled C++ names bring their parameters; <module> and <lambda> have none. */
static const char *parentheses_of(const struct frame *frame)
{
	if (strchr(frame->function, '(') || (frame->script && strchr(frame->function, '>')))
		return "";
	return "()";
}

char *frame_place(const struct frame *frame)
{
	if (!frame)
		return allocate_text("an unknown place");
	if (frame->file && frame->line)
		return allocate_printed("%s:%u", path_base(frame->file), frame->line);
	return allocate_printed("%s+0x%llx", frame->module[0] ? path_base(frame->module) : "?",
				(unsigned long long)frame->offset);
}

char *frame_site(const struct frame *frame)
{
	char *place = frame_place(frame), *site;

	if (!frame || !frame->function)
		return place;
	site = allocate_printed("%s in %s%s", place, frame->function, parentheses_of(frame));
	free(place);
	return site;
}

char *frame_call(const struct frame *frame)
{
	if (!frame)
		return allocate_text("the program");
	if (frame->function && frame->file && frame->line)
		return allocate_printed("%s%s (%s:%u)", frame->function, parentheses_of(frame),
					path_base(frame->file), frame->line);
	if (frame->function)
		return allocate_printed("%s%s", frame->function, parentheses_of(frame));
	return allocate_printed("%s+0x%llx",
				frame->module[0] ? path_base(frame->module) : "the code",
				(unsigned long long)frame->offset);
}
