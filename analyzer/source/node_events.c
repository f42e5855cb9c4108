/* SPDX-License-Identifier: MIT */
#include "analyzer/source/node_events.h"

#include <string.h>

static bool registers(struct name method)
{
	return name_is(method, "on") || name_is(method, "once") || name_is(method, "addListener");
}

/* The name that ends in front of AT, in LINE; LENGTH 0: none does. */
static struct name name_before(const char *line, const char *at)
{
	const char *end = at;

	while (at > line && source_is_name(at[-1]))
		at--;
	return (struct name){ at, (size_t)(end - at) };
}

/* Behind the string that AT begins with, where that is one of EVENTS; else NULL. */
static const char *behind_event(const char *at, const char *const *events)
{
	struct name event;

	if (!*at || !strchr("'\"`", *at))
		return NULL;
	for (event = source_name(at + 1); *events; events++)
		if (name_is(event, *events) && event.start[event.length] == *at)
			return event.start + event.length + 1;
	return NULL;
}

const char *node_registration(const char *line, struct name emitter, const char *const *events)
{
	const char *at, *behind;
	struct name name;

	for (at = line; *at; at += name.length ? name.length : 1) {
		name = source_name(at);
		if (!registers(name) || at == line || at[-1] != '.' || at[name.length] != '(')
			continue;
		if (emitter.length && !names_are_same(name_before(line, at - 1), emitter))
			continue;
		behind = at + name.length + 1;
		behind = behind_event(behind + source_indent(behind), events);
		if (behind)
			return behind;
	}
	return NULL;
}
