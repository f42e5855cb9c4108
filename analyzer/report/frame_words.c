/* SPDX-License-Identifier: MIT */
#include "analyzer/report/frame_words.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/short_name.h"

char *frame_function(const struct frame *frame)
{
	char *name = short_name(frame), *call;

	/* Demangled C++ names bring their parameters; <module> and <lambda> have none. */
	if (strchr(name, '(') || (frame->script && strchr(name, '>')))
		return name;
	call = allocate_printed("%s()", name);
	free(name);
	return call;
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
	char *place = frame_place(frame), *function, *site;

	if (!frame || !frame->function)
		return place;
	function = frame_function(frame);
	site = allocate_printed("%s in %s", place, function);
	free(function);
	free(place);
	return site;
}

char *frame_call(const struct frame *frame)
{
	char *function, *call;

	if (!frame)
		return allocate_text("the program");
	if (!frame->function)
		return allocate_printed("%s+0x%llx",
					frame->module[0] ? path_base(frame->module) : "the code",
					(unsigned long long)frame->offset);
	function = frame_function(frame);
	if (!frame->file || !frame->line)
		return function;
	call = allocate_printed("%s (%s:%u)", function, path_base(frame->file), frame->line);
	free(function);
	return call;
}
