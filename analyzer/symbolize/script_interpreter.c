/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/script_interpreter.h"

#include <string.h>

static const char blanks[] = " \t";

bool script_interpreter(const char *start, size_t size, char *interpreter, char *argument)
{
	char line[SCRIPT_LINE_MAX], *end, *name;
	size_t length;
	bool cut;

	if (size > SCRIPT_LINE_MAX - 1)
		size = SCRIPT_LINE_MAX - 1;
	if (size < 2 || start[0] != '#' || start[1] != '!')
		return false;
	memcpy(line, start + 2, size - 2);
	line[size - 2] = '\0';
	end = strchr(line, '\n');
	cut = !end && size == SCRIPT_LINE_MAX - 1;
	if (end)
		*end = '\0';
	name = line + strspn(line, blanks);
	length = strcspn(name, blanks);
	/* A name that may go on beyond what the kernel reads is no name. */
	if (length == 0 || (cut && name[length] == '\0'))
		return false;
	memcpy(interpreter, name, length);
	interpreter[length] = '\0';
	name += length;
	name += strspn(name, blanks);
	length = strlen(name);
	while (length && strchr(blanks, name[length - 1]))
		length--;
	memcpy(argument, name, length);
	argument[length] = '\0';
	return true;
}

/* The next word at *TEXT, its LENGTH; NULL at the end. */
static const char *next_word(const char **text, size_t *length)
{
	const char *word = *text + strspn(*text, blanks);

	*length = strcspn(word, blanks);
	*text = word + *length;
	return *length ? word : NULL;
}

bool script_env_program(const char *argument, char *program)
{
	const char *text = argument, *word;
	size_t length;
	bool split = false;

	/* Without -S the whole argument is one word, blanks and all: the kernel does not split. */
	if (argument[0] && argument[0] != '-' && !strchr(argument, '=')) {
		strcpy(program, argument);
		return true;
	}
	if (strncmp(text, "-S", 2) == 0 || strncmp(text, "-vS", 3) == 0) {
		text = strchr(text, 'S') + 1;
		split = true;
	} else if (strncmp(text, "--split-string", 14) == 0) {
		text += 14;
		text += *text == '=';
		split = true;
	}
	while (split && (word = next_word(&text, &length))) {
		if (length == 2 && (strncmp(word, "-u", 2) == 0 || strncmp(word, "-C", 2) == 0)) {
			next_word(&text, &length);
			continue;
		}
		if (word[0] == '-' || memchr(word, '=', length))
			continue;
		memcpy(program, word, length);
		program[length] = '\0';
		return true;
	}
	return false;
}
