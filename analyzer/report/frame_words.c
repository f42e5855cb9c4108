/* SPDX-License-Identifier: MIT */
#include "analyzer/report/frame_words.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/short_name.h"

/* How long NAME, a demangled one, is without its parameters; 0: it has none of its own. */
static size_t length_without_parameters(const char *name)
{
	const char *at = strchr(name, '(');
	size_t depth = 0, i;

	/* Those of a lambda are gone, and what it is in keeps its parentheses. */
	if (!at || strchr(name, '{') || strstr(name, "operator"))
		return 0;
	/* Go's names have none, but the receiver's type: net/http.(*Transport).dial. */
	if (at > name && at[-1] == '.' && at[1] == '*')
		return strlen(name);
	for (i = 0; name[i]; i++) {
		depth += name[i] == '<';
		depth -= name[i] == '>' && depth;
		if (name[i] == '(' && !depth)
			return i;
	}
	return 0;
}

char *frame_function(const struct frame *frame)
{
	char *name = short_name(frame), *call;
	/* A line distinguishes overloaded functions. */
	size_t length = frame->line && !frame->script ? length_without_parameters(name) : 0;

	if (length)
		name[length] = '\0';
	/* Demangled C++ names bring their parameters; <module> and <lambda> have none. */
	if ((!length && strchr(name, '(')) || (frame->script && strchr(name, '>')))
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
	/* A script's file has no code at an offset. */
	if (frame->script && frame->module[0])
		return allocate_text(path_base(frame->module));
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

/* Does FUNCTION name PLACE already, as a lambda does that has no other name? */
static bool has_place(const char *function, const char *place)
{
	const char *at = strstr(function, place);

	return at && strcmp(at + strlen(place), "}") == 0;
}

char *frame_call(const struct frame *frame)
{
	char *function, *call, *place;

	if (!frame)
		return allocate_text("the program");
	if (!frame->function)
		return allocate_printed("%s+0x%llx",
					frame->module[0] ? path_base(frame->module) : "the code",
					(unsigned long long)frame->offset);
	function = frame_function(frame);
	if (!frame->file || !frame->line)
		return function;
	place = frame_place(frame);
	call = has_place(function, place) ? allocate_text(function)
					  : allocate_printed("%s (%s)", function, place);
	free(place);
	free(function);
	return call;
}

char *frame_call_by(const struct frame *frame, const struct frame *caller)
{
	char *place = frame_call(frame), *calling, *text;

	if (!caller)
		return place;
	calling = frame_call(caller);
	text = allocate_printed("%s, called by %s", place, calling);
	free(calling);
	free(place);
	return text;
}
