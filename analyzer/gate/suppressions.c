/* SPDX-License-Identifier: MIT */
#include "analyzer/gate/suppressions.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/whole_file.h"
#include "analyzer/gate/malformed.h"
#include "analyzer/gate/wildcard.h"

#define FILE_MAX    (16u << 20)
#define PATTERN_MAX 4096
#define BLANKS      " \t\r"

#define KIND_NAMES "leak:, eof:, opened:, class:, peer:, label: or id:"

static const char *const kinds[SUPPRESSION_KINDS] = {
	[SUPPRESS_LEAK] = "leak",   [SUPPRESS_EOF] = "eof",   [SUPPRESS_OPENED] = "opened",
	[SUPPRESS_CLASS] = "class", [SUPPRESS_PEER] = "peer", [SUPPRESS_LABEL] = "label",
	[SUPPRESS_ID] = "id",
};

/* Returns false if LENGTH characters at NAME are no kind. */
static bool kind_by_name(const char *name, size_t length, enum suppression_kind *kind)
{
	unsigned int i;

	for (i = 0; i < SUPPRESSION_KINDS; i++)
		if (strlen(kinds[i]) == length && strncmp(kinds[i], name, length) == 0) {
			*kind = i;
			return true;
		}
	return false;
}

/* TEXT: a line without blanks round it, neither empty nor a comment. */
static bool take_line(struct suppressions *suppressions, const char *text, const char *path,
		      unsigned int line)
{
	const char *colon = strchr(text, ':');
	struct suppression *next;
	enum suppression_kind kind;

	if (!colon)
		return malformed(path, line, "'%.100s' is not a suppression: expected " KIND_NAMES,
				 text);
	if (!kind_by_name(text, (size_t)(colon - text), &kind))
		return malformed(path, line,
				 "unknown kind of suppression '%.*s:': expected " KIND_NAMES,
				 colon - text > 100 ? 100 : (int)(colon - text), text);
	if (!colon[1])
		return malformed(path, line, "'%s' has no pattern", text);
	if (strlen(text) > PATTERN_MAX)
		return malformed(path, line, "the pattern is longer than %d bytes", PATTERN_MAX);
	next = allocate_next(&suppressions->list, suppressions->count, sizeof(*next));
	next->kind = kind;
	next->wildcard = wildcard_of(colon + 1);
	next->text = allocate_text(text);
	next->file = allocate_text(path);
	next->line = line;
	suppressions->count++;
	return true;
}

/* Cuts the blanks round LINE off. */
static char *trimmed(char *line)
{
	size_t length;

	line += strspn(line, BLANKS);
	for (length = strlen(line); length && strchr(BLANKS, line[length - 1]); length--)
		line[length - 1] = '\0';
	return line;
}

bool suppressions_read(struct suppressions *suppressions, const char *path)
{
	size_t size;
	char *text = whole_file_read(path, FILE_MAX, &size), *rest, *line;
	unsigned int number = 0;
	bool good = true;

	if (!text)
		return malformed_unreadable(path);
	if (strlen(text) < size) {
		good = malformed(path, whole_file_line(text, strlen(text)),
				 "it holds a NUL byte: not a text file");
		goto out;
	}
	for (rest = text; good && (line = strsep(&rest, "\n")) != NULL;) {
		number++;
		line = trimmed(line);
		if (*line && *line != '#')
			good = take_line(suppressions, line, path, number);
	}
out:
	free(text);
	return good;
}

void suppressions_clear(struct suppressions *suppressions)
{
	size_t i;

	for (i = 0; i < suppressions->count; i++) {
		free(suppressions->list[i].wildcard);
		free(suppressions->list[i].text);
		free(suppressions->list[i].file);
	}
	free(suppressions->list);
	*suppressions = (struct suppressions){ NULL, 0 };
}
