/* SPDX-License-Identifier: MIT */
#include "analyzer/report/object_words.h"

#include <string.h>

/* "Connection" in "~Connection()"; NULL: FRAME is no destructor. LENGTH: of the name. */
static const char *destroyed_class(const struct frame *frame, size_t *length)
{
	const char *name = frame && frame->function ? strrchr(frame->function, '~') : NULL;

	if (!name || (name > frame->function && name[-1] != ':'))
		return NULL;
	*length = strcspn(++name, "(<");
	return name;
}

/* Is FRAME CLASS::CLASS(), or by the name alone that DWARF has? */
static bool is_constructor(const struct frame *frame, const char *class, size_t length)
{
	const char *name, *at;

	if (!frame || !frame->function)
		return false;
	name = at = frame->function;
	/* Not of the types of its parameters; a template's arguments have qualified names. */
	for (; *at && *at != '('; at++)
		if (at[0] == ':' && at[1] == ':')
			name = at + 2;
	return strncmp(name, class, length) == 0 && strchr("(<", name[length]) != NULL;
}

const struct frame *constructor_of(const struct report_leak *leak)
{
	size_t length;
	const char *class = destroyed_class(leak->closer, &length);

	if (!class)
		return NULL;
	if (is_constructor(leak->site, class, length))
		return leak->site;
	return is_constructor(leak->caller, class, length) ? leak->caller : NULL;
}

/* An exception leaves by no return: only a destructor closes then. */
const char *scope_words(const struct report_leak *leak)
{
	static const char *const endings[] = { ".cpp", ".cc", ".cxx", ".C",   ".c++",
					       ".hpp", ".hh", ".hxx", ".ipp", ".tcc" };
	const char *ending = leak->site && leak->site->file ? strrchr(leak->site->file, '.') : NULL;
	/* It has one already, which closes the others. */
	bool has_destructor =
		leak->closer && leak->closer->function && strchr(leak->closer->function, '~');
	size_t i;

	for (i = 0; ending && !has_destructor && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(ending, endings[i]) == 0)
			return "; a destructor (RAII) closes on every path, exceptions included";
	return "";
}
