/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/node_handler.h"

#include <string.h>

#include "analyzer/call_sites/node_events.h"
#include "analyzer/call_sites/source_definitions.h"

/* So many lines behind the call still wait for events of the same server. */
#define LINES_BEHIND 12u

/* What brings a server a connection. */
static const char *const connection_events[] = { "connection", "secureConnection", "request",
						 "upgrade",    "connect",          "stream",
						 NULL };

static bool is_javascript(const struct source *source)
{
	static const char *const endings[] = { ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts" };
	const char *ending = strrchr(source->file, '.');
	size_t i;

	for (i = 0; ending && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(ending, endings[i]) == 0)
			return true;
	return false;
}

bool node_listens(const struct source *source, unsigned int number)
{
	const char *line = is_javascript(source) ? source_text(source, number) : NULL;

	return line && strstr(line, "listen(");
}

/* The object whose METHOD, with its "(", LINE calls; LENGTH 0: none, or the result of a call. */
static struct name object_of(const char *line, const char *method)
{
	const char *end = strstr(line, method), *at;

	if (!end || end == line || end[-1] != '.')
		return (struct name){ .length = 0 };
	for (at = --end; at > line && source_is_name(at[-1]); at--)
		;
	return (struct name){ at, (size_t)(end - at) };
}

/* Behind the "=" by which LINE gives SERVER a value; NULL: it does not. */
static const char *behind_assignment(const char *line, struct name server)
{
	for (; *line; line++) {
		struct name name = source_name(line);
		const char *behind = line + name.length;

		if (!name.length)
			continue;
		behind += source_indent(behind);
		if (names_are_same(name, server) && behind[0] == '=' && behind[1] != '=' &&
		    behind[1] != '>')
			return behind + 1;
		line += name.length - 1;
	}
	return NULL;
}

/* Behind what creates SERVER in LINE; NULL: that is not there. */
static const char *behind_creation(const char *line, struct name server)
{
	const char *at = behind_assignment(line, server);

	at = at ? strstr(at, "Server(") : NULL;
	return at ? at + strlen("Server(") : NULL;
}

/* The last line up to line NUMBER that gives SERVER a value: others of its name are not meant. */
static unsigned int assignment_before(const struct source *source, struct name server,
				      unsigned int number)
{
	for (; number > 0; number--) {
		const char *line = source_text(source, number);

		if (line && behind_assignment(line, server))
			return number;
	}
	return 0;
}

/* Takes the function that stands among arguments, at AT in line NUMBER. */
static void take_function(const struct source *source, const char *at, unsigned int number,
			  struct node_handler *handler)
{
	for (; *at; at++) {
		struct name name = source_name(at);
		const char *behind;

		if (strchr("'\"`", *at))
			at = source_string_end(at);
		if (strncmp(at, "=>", 2) == 0)
			*handler = (struct node_handler){ .number = number };
		if (handler->number || !*at)
			return;
		if (!name.length)
			continue;
		behind = at + name.length + source_indent(at + name.length);
		if (name_is(name, "function")) {
			*handler = (struct node_handler){ source_name(behind), number };
			return;
		}
		if (strchr("),", *behind) && definition_of(source, name, 0)) {
			*handler = (struct node_handler){ name, definition_of(source, name, 0) };
			return;
		}
		at += name.length - 1;
	}
}

struct node_handler node_handler_of(const struct source *source, unsigned int number)
{
	struct name server = object_of(source_text(source, number), "listen(");
	unsigned int last = number + LINES_BEHIND;
	struct node_handler found = { .number = 0 };
	const char *line;

	number = server.length ? assignment_before(source, server, number) : 0;
	for (; number && number <= last && (line = source_text(source, number)); number++) {
		struct node_handler handler = { .number = 0 };
		const char *at = behind_creation(line, server);

		if (!at)
			at = node_registration(line, server, connection_events);
		if (at)
			take_function(source, at, number, &handler);
		/* Which of two has the connection can't be known. */
		if (handler.number && found.number)
			return (struct node_handler){ .number = 0 };
		if (handler.number)
			found = handler;
	}
	return found;
}
