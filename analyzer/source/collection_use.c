/* SPDX-License-Identifier: MIT */
#include "analyzer/source/collection_use.h"

#include <string.h>

static const char *const putting[] = {
	"add",  "append",    "appendleft", "emplace", "emplace_back", "emplace_front", "insert",
	"push", "push_back", "push_front", "put",     "set",          "unshift",       NULL,
};

/* Methods and members that leave what is there. Others may take something out. */
static const char *const looking[] = {
	"at",      "back",    "begin",   "cbegin", "cend",   "contains", "containsKey",
	"copy",    "count",   "data",    "empty",  "end",    "entries",  "entrySet",
	"every",   "find",    "forEach", "front",  "has",    "includes", "index",
	"indexOf", "isEmpty", "items",   "join",   "keys",   "keySet",   "length",
	"map",     "reserve", "size",    "some",   "stream", "values",   NULL,
};

/* What takes something out by other words than a method of the collection. */
static const char *const taking[] = { "del", "delete", "erase", "remove", "splice", NULL };

/* Calls that only read a collection. */
static const char *const reading[] = { "len",       "print", "list",   "sorted",
				       "enumerate", "iter",  "sizeof", NULL };

bool puts_into_collection(struct name method)
{
	return name_is_one_of(method, putting);
}

/* Does LINE show that a collection does not keep what it has, or not for long? */
static bool is_bounded(const char *line)
{
	static const char *const words[] = { "Weak", "weak", "maxlen", "ache", "LRU", NULL };
	const char *const *word;

	for (word = words; *word; word++)
		if (strstr(line, *word))
			return true;
	return false;
}

/* A place in a line. */
struct place {
	struct name called, caller; /* the word ahead; that in front of the last parenthesis */
	bool is_name;               /* the collection's name is right ahead, ... */
	bool is_given;              /* ... in front of which is a parenthesis or a comma */
	bool is_member;             /* the name and . or -> are */
	bool is_value;              /* what stands here is given to a variable, or returned */
};

/* May what TOKEN, at PLACE, does to the collection take something out of it? */
static bool may_take(const struct place *place, const struct source_token *token)
{
	if (name_is_one_of(token->name, taking))
		return true;
	if (place->is_member && token->name.length)
		return !puts_into_collection(token->name) && !name_is_one_of(token->name, looking);
	if (!place->is_name || token->name.length)
		return false;
	/* names -= gone; names &= alive */
	if (strchr("-&^", *token->at) && token->at[1] == '=')
		return true;
	if (!strchr(",;)", *token->at))
		return false;
	/* others = names; prune(names) */
	return place->is_value ||
	       (place->is_given && place->caller.length && !name_is_one_of(place->caller, reading));
}

/* Moves PLACE behind TOKEN; the character ahead is BEFORE. */
static void go_on(struct place *place, const struct source_token *token, struct name collection,
		  char before)
{
	const bool is_word = token->name.length > 0;
	const bool is_arrow =
		(*token->at == '-' && token->at[1] == '>') || (*token->at == '>' && before == '-');

	if (!is_word && *token->at == '(')
		place->caller = place->called;
	if (is_word || *token->at == '(')
		place->called = token->name;
	place->is_member =
		(place->is_name || place->is_member) && !is_word && (*token->at == '.' || is_arrow);
	place->is_name = names_are_same(token->name, collection);
	place->is_given = place->is_name && strchr("(,", before);
	if (source_assigns(token, before) || name_is(token->name, "return") ||
	    name_is(token->name, "yield"))
		place->is_value = true;
	else if (!is_word && !is_arrow && *token->at != '.')
		place->is_value = false;
}

/* May line NUMBER take something out of COLLECTION, or hand it to what does? */
static bool line_may_take(const struct source *source, const char *line, unsigned int number,
			  struct name collection)
{
	struct source_cursor cursor = source_cursor_at(source, number, number);
	struct place place = { .is_name = false };
	struct source_token token;
	char before = ' ';

	if (is_bounded(line))
		return true;
	for (; source_next(&cursor, &token); before = *token.at) {
		/* names.length = 0 */
		if (may_take(&place, &token) ||
		    (source_assigns(&token, before) && name_is(place.called, "length")))
			return true;
		go_on(&place, &token, collection, before);
	}
	/* others = names, without a semicolon */
	return place.is_name && place.is_value;
}

/* Does LINE make one of the language's own collections? Others may do more than to keep. */
static bool shows_collection(const char *line)
{
	static const char *const made[] = {
		"= []",     "= {}",     "= set()", "= list()", "= dict()", "= deque()",
		"new Set(", "new Map(", "List<",   "Map<",     "Set<",     "vector<",
		"list<",    "map<",     "set<",    "deque<",   NULL,
	};
	const char *const *text;

	for (text = made; *text; text++)
		if (strstr(line, *text))
			return true;
	return false;
}

bool stays_in_collection(const struct source *source, struct name collection, unsigned int number)
{
	struct source_cursor cursor = source_cursor_of_file(source);
	unsigned int last = 0, values = 0;
	struct source_token token;
	bool is_name = false, was_name = false, is_declared = false, is_plain = false;
	char before = ' ';

	for (; source_next(&cursor, &token); before = *token.at) {
		values += is_name && source_assigns(&token, before);
		/* What is put at an index may take the place of another: table[i] = table[--n] */
		if (is_name && *token.at == '[' && token.number != number &&
		    strstr(token.at, "] = "))
			return false;
		/* static struct client *clients[MAX]; */
		is_plain |= is_name && *token.at == '[' && is_declared;
		is_name = names_are_same(token.name, collection);
		is_declared = is_name && (was_name || before == '*');
		was_name = token.name.length > 0;
		if (is_name && token.number != last) {
			last = token.number;
			if (line_may_take(source, token.line, last, collection))
				return false;
			is_plain |= shows_collection(token.line);
		}
	}
	return is_plain && values <= 1;
}
