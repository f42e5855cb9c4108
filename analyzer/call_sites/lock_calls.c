/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/lock_calls.h"

#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/source/function_body.h"

enum lock_use { USES_NOT, LOCKS, UNLOCKS };

/* How it is spelled. */
enum lock_spelling {
	OF_ARGUMENT, /* pthread_mutex_lock(&mutex) */
	OF_BLOCK,    /* std::lock_guard guard(mutex), until its block ends */
	OF_OBJECT,   /* mutex.lock() */
};

static const struct lock_word {
	const char *word;
	enum lock_use use;
	enum lock_spelling spelling;
} words[] = {
	{ "pthread_mutex_lock", LOCKS, OF_ARGUMENT },
	{ "pthread_mutex_trylock", LOCKS, OF_ARGUMENT },
	{ "pthread_mutex_timedlock", LOCKS, OF_ARGUMENT },
	{ "pthread_mutex_clocklock", LOCKS, OF_ARGUMENT },
	{ "pthread_mutex_unlock", UNLOCKS, OF_ARGUMENT },
	{ "mtx_lock", LOCKS, OF_ARGUMENT },
	{ "mtx_unlock", UNLOCKS, OF_ARGUMENT },
	{ "g_mutex_lock", LOCKS, OF_ARGUMENT },
	{ "g_mutex_unlock", UNLOCKS, OF_ARGUMENT },
	{ "uv_mutex_lock", LOCKS, OF_ARGUMENT },
	{ "uv_mutex_unlock", UNLOCKS, OF_ARGUMENT },
	{ "lock_guard", LOCKS, OF_BLOCK },
	{ "unique_lock", LOCKS, OF_BLOCK },
	{ "scoped_lock", LOCKS, OF_BLOCK },
	{ "lock", LOCKS, OF_OBJECT },
	{ "unlock", UNLOCKS, OF_OBJECT },
};

static const struct lock_word *lock_word_of(struct name name)
{
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (name_is(name, words[i].word))
			return &words[i];
	return NULL;
}

/*
 * The last name among the arguments that follow CURSOR, which it moves: "lock" of
 * `(&server->lock)`, "mutex" of `<std::mutex> guard(mutex)`; LENGTH 0: there is none, or several
 * arguments.
 */
static struct name argument_of(struct source_cursor *cursor)
{
	struct name name = { .length = 0 };
	struct source_token token;
	unsigned int depth = 0;

	while (source_next(cursor, &token)) {
		bool is_symbol = token.name.length == 0;

		if (is_symbol && (*token.at == ';' || (*token.at == ',' && depth == 1)))
			break;
		if (is_symbol && strchr(")}", *token.at) && depth && --depth == 0)
			return name;
		depth += is_symbol && strchr("({", *token.at);
		if (depth && !is_symbol)
			name = token.name;
	}
	return (struct name){ .length = 0 };
}

/* What one word of a source does to which mutex. */
struct lock_step {
	enum lock_use use;
	struct name mutex;
	bool of_block;
};

/* The step that TOKEN, which CURSOR is behind, begins; BEFORE: the names of what it is a part of.
 */
static struct lock_step step_at(const struct source_token *token, struct source_cursor cursor,
				struct name before)
{
	const struct lock_word *word = lock_word_of(token->name);
	bool is_member = token->at > token->line && strchr(".>", token->at[-1]);

	if (!word || (word->spelling == OF_OBJECT) != is_member ||
	    (is_member && token->at[token->name.length] != '('))
		return (struct lock_step){ .use = USES_NOT };
	return (struct lock_step){ word->use, is_member ? before : argument_of(&cursor),
				   word->spelling == OF_BLOCK };
}

/* The mutex that line NUMBER of SOURCE locks; LENGTH 0: none, or several. */
static struct name mutex_in(const struct source *source, unsigned int number)
{
	struct source_cursor cursor = source_cursor_at(source, number, number);
	struct name mutex = { .length = 0 }, before = { .length = 0 };
	struct source_token token;

	while (source_next(&cursor, &token)) {
		struct lock_step step = step_at(&token, cursor, before);

		before = token.name.length ? token.name : before;
		if (step.use != LOCKS || !step.mutex.length)
			continue;
		if (mutex.length)
			return (struct name){ .length = 0 };
		mutex = step.mutex;
	}
	return mutex;
}

/*
 * The line in which the function of FRAME, whose body is *BODY, locked MUTEX ahead of where FRAME
 * is, and did not unlock it since; 0: none.
 */
static unsigned int locked_in(const struct source *source, const struct function_body *body,
			      const struct frame *frame, struct name mutex)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct name before = { .length = 0 };
	unsigned int line = 0, depth = 1, block = 0;
	struct source_token token;

	while (function_body_next(body, &cursor, &token) && token.number < frame->line) {
		struct lock_step step = step_at(&token, cursor, before);

		before = token.name.length ? token.name : before;
		depth += *token.at == '{';
		depth -= *token.at == '}';
		if (depth < block)
			line = block = 0;
		if (step.use == USES_NOT || !names_are_same(step.mutex, mutex))
			continue;
		line = step.use == LOCKS ? token.number : 0;
		block = step.of_block ? depth : 0;
	}
	return line;
}

/* Fills in CALL by the functions that HOLDING is in. */
static bool find_in_stack(struct symbolizer *symbolizer, const struct backtrace *holding,
			  struct name mutex, struct lock_call *call)
{
	size_t i;

	for (i = 0; i < holding->named_count; i++) {
		const struct frame *frame = &holding->named[i];
		struct function_body body;
		struct source source;

		if (!frame->file || !frame->line || !frame->function)
			continue;
		source = source_of(symbolizer, frame);
		if (!function_body_around(&source, frame->function, frame->line, FUNCTION_LINES_MAX,
					  &body))
			continue;
		call->line = locked_in(&source, &body, frame, mutex);
		if (!call->line)
			continue;
		call->file = frame->file;
		call->function = allocate_text(frame->function);
		return true;
	}
	return false;
}

/* The name in front of the first parenthesis of HEAD, with its class; LENGTH 0: none. */
static struct name name_of_head(const char *head)
{
	const char *end = head ? strchr(head, '(') : NULL, *at = end;

	if (!end)
		return (struct name){ .length = 0 };
	while (at > head && (source_is_name(at[-1]) || at[-1] == ':'))
		at--;
	return (struct name){ at, (size_t)(end - at) };
}

/* The only line of SOURCE outside of WAITING that locks MUTEX; 0: none does, or several do. */
static unsigned int locking_line(const struct source *source, const struct function_body *waiting,
				 struct name mutex)
{
	struct source_cursor cursor = source_cursor_of_file(source);
	struct name before = { .length = 0 };
	struct source_token token;
	unsigned int line = 0;

	while (source_next(&cursor, &token)) {
		struct lock_step step = step_at(&token, cursor, before);

		before = token.name.length ? token.name : before;
		if (step.use != LOCKS || !names_are_same(step.mutex, mutex) ||
		    (token.number >= waiting->first && token.number <= waiting->last))
			continue;
		/* A block that has ended holds nothing. */
		if (line || step.of_block)
			return 0;
		line = token.number;
	}
	return line;
}

/* Does BODY unlock MUTEX behind LINE? What is compiled on a condition only may not be there. */
static bool unlocks_behind(const struct source *source, const struct function_body *body,
			   unsigned int line, struct name mutex)
{
	struct source_cursor cursor = function_body_cursor(source, body);
	struct name before = { .length = 0 };
	unsigned int conditions = 0, directive = 0;
	struct source_token token;

	while (function_body_next(body, &cursor, &token)) {
		struct lock_step step = step_at(&token, cursor, before);

		before = token.name.length ? token.name : before;
		if (*token.at == '#')
			directive = token.number;
		if (token.number == directive && strncmp(token.at, "if", 2) == 0)
			conditions++;
		if (token.number == directive && name_is(token.name, "endif") && conditions)
			conditions--;
		if (step.use == UNLOCKS && token.number >= line && !conditions &&
		    names_are_same(step.mutex, mutex))
			return true;
	}
	return false;
}

/* Fills in CALL by the only other function in the file of SOURCE that leaves MUTEX locked. */
static void find_in_file(const struct source *source, const struct function_body *waiting,
			 struct name mutex, struct lock_call *call)
{
	unsigned int line = locking_line(source, waiting, mutex);
	struct function_body body;
	struct name name;

	if (!line || !function_body_around(source, "", line, FUNCTION_LINES_MAX, &body) ||
	    unlocks_behind(source, &body, line, mutex))
		return;
	call->file = source->file;
	call->line = line;
	name = name_of_head(body.head);
	if (name.length)
		call->function = allocate_printed("%.*s", (int)name.length, name.start);
}

void lock_call_find(struct symbolizer *symbolizer, const struct frame *waiting,
		    const struct backtrace *holding, struct lock_call *call)
{
	struct function_body body;
	struct source source;
	struct name mutex;

	*call = (struct lock_call){ .mutex = NULL };
	if (!waiting->file || !waiting->line || !waiting->function || waiting->script)
		return;
	source = source_of(symbolizer, waiting);
	mutex = mutex_in(&source, waiting->line);
	if (!mutex.length)
		return;
	call->mutex = allocate_printed("%.*s", (int)mutex.length, mutex.start);
	if (holding && find_in_stack(symbolizer, holding, mutex, call))
		return;
	if (function_body_around(&source, waiting->function, waiting->line, FUNCTION_LINES_MAX,
				 &body))
		find_in_file(&source, &body, mutex, call);
}
