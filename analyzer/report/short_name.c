/* SPDX-License-Identifier: MIT */
#include "analyzer/report/short_name.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/paths.h"
#include "analyzer/report/report.h"

struct spelling {
	const char *long_one, *short_one;
};

/* Versions of the library, and the namespace that is a file's own. */
static const struct spelling namespaces[] = {
	{ "[abi:cxx11]", "" },
	{ "(anonymous namespace)::", "" },
	{ "std::__cxx11::", "std::" },
	{ "std::__1::", "std::" },
	{ NULL, NULL },
};

/* Once the default arguments are gone. */
static const struct spelling names[] = {
	{ "> >", ">>" },
	{ "std::basic_string<char>", "std::string" },
	{ "std::basic_string_view<char>", "std::string_view" },
	{ "std::basic_ostream<char>", "std::ostream" },
	{ "std::basic_istream<char>", "std::istream" },
	{ NULL, NULL },
};

/* Arguments of templates that the library gives where the program gives none. */
static const char *const defaults[] = {
	", std::allocator<",      ", std::char_traits<", ", std::less<",
	", std::default_delete<", ", std::hash<",        ", std::equal_to<",
};

/* Removes COUNT characters at AT. */
static void cut(char *at, size_t count)
{
	memmove(at, at + count, strlen(at + count) + 1);
}

static void respell(char *name, const struct spelling *spelling)
{
	for (; spelling->long_one; spelling++) {
		size_t length = strlen(spelling->short_one);
		char *at = name;

		while ((at = strstr(at, spelling->long_one)) != NULL) {
			memcpy(at, spelling->short_one, length);
			cut(at + length, strlen(spelling->long_one) - length);
		}
	}
}

/* How long TEXT is up to the bracket that closes the one before it; 0: none does. */
static size_t length_inside(const char *text, char opening, char closing)
{
	size_t depth = 1, i;

	for (i = 0; text[i]; i++) {
		/* operator-> has no opening bracket. */
		if (text[i] == closing && !(i && text[i - 1] == '-'))
			depth--;
		else if (text[i] == opening)
			depth++;
		if (depth == 0)
			return i;
	}
	return 0;
}

static void drop_defaults(char *name, const char *argument)
{
	while ((name = strstr(name, argument)) != NULL) {
		size_t length = length_inside(name + strlen(argument), '<', '>');

		if (!length)
			return;
		length += strlen(argument) + 1;
		/* "<char, std::allocator<char> >": the blank belongs to what goes */
		length += name[length] == ' ' && name[length + 1] == '>';
		cut(name, length);
	}
}

/* "main::{lambda(int)#1}::operator()(int) const" -> "main()::{lambda at srv.cpp:41}" */
static char *without_call_operator(char *name, const struct frame *frame)
{
	static const char lambda[] = "{lambda(", call[] = "::operator()(";
	char *begin = strstr(name, lambda), *end, *function, *shorter;
	size_t length;

	if (!begin || !frame->file || !frame->line)
		return name;
	length = length_inside(begin + 1, '{', '}');
	end = begin + 1 + length + 1;
	/* What the lambda calls is not the lambda: it must be all that follows. */
	if (!length || strncmp(end, call, strlen(call)) != 0 || strstr(end, "{lambda("))
		return name;
	function = allocate_printed("%.*s", (int)(begin - name), name);
	length = strlen(function);
	if (length > 2 && strcmp(function + length - 2, "::") == 0)
		function[length - 2] = '\0';
	shorter = allocate_printed("%s%s%s{lambda at %s:%u}", function,
				   function[0] && !strchr(function, '(') ? "()" : "",
				   function[0] ? "::" : "", path_base(frame->file), frame->line);
	free(function);
	free(name);
	return shorter;
}

char *short_name(const struct frame *frame)
{
	char *name = allocate_text(frame->function);
	size_t i;

	/* C and scripts have none of these. */
	if (frame->script || (!strstr(name, "::") && !strstr(name, "[abi:")))
		return name;
	respell(name, namespaces);
	for (i = 0; i < sizeof(defaults) / sizeof(defaults[0]); i++)
		drop_defaults(name, defaults[i]);
	respell(name, names);
	return without_call_operator(name, frame);
}
