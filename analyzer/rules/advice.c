/* SPDX-License-Identifier: MIT */
#include "analyzer/rules/advice.h"

#include "analyzer/rules/advice_tables.h"
#include "analyzer/rules/class_words.h"

static const struct advice_table *const tables[CLASS_COUNT] = {
	[CLASS_EOF_UNCLOSED] = &advice_of_eof_unclosed,
	[CLASS_FIN_UNREAD] = &advice_of_fin_unread,
	[CLASS_NEVER_ACCEPTED] = &advice_of_never_accepted,
	[CLASS_DUPLICATE_HELD] = &advice_of_duplicate_held,
	[CLASS_HELD_ELSEWHERE] = &advice_of_held_elsewhere,
	[CLASS_SHUTDOWN_UNCLOSED] = &advice_of_shutdown_unclosed,
	[CLASS_ERROR_UNCLOSED] = &advice_of_error_unclosed,
	[CLASS_CONNECT_UNCLOSED] = &advice_of_connect_unclosed,
	[CLASS_LATE_CLOSE] = &advice_of_late_close,
	[CLASS_EXIT_UNCLOSED] = &advice_of_exit_unclosed,
};

const struct advice *advice_rows(enum leak_class class, size_t *count)
{
	*count = tables[class]->count;
	return tables[class]->rows;
}

const char *advice_word_name(enum advice_word word)
{
	static const char *const names[ADVICE_WORDS] = {
		[WORD_SITE] = "site",
		[WORD_CLOSING] = "closing",
		[WORD_HERE] = "here",
		[WORD_CALL] = "call",
		[WORD_CLOSE] = "close",
		[WORD_ENDS] = "ends",
		[WORD_LIBRARY] = "library",
		[WORD_READ] = "read",
		[WORD_READING] = "reading",
		[WORD_HANGUP] = "hangup",
		[WORD_SENT_MS] = "sent_ms",
		[WORD_DOING] = "doing",
		[WORD_OPENED] = "opened",
		[WORD_ACCEPTED] = "accepted",
		[WORD_CALLED] = "called",
		[WORD_CLOSED] = "closed",
		[WORD_USED] = "used",
		[WORD_HELD] = "held",
		[WORD_OPENING] = "opening",
		[WORD_PAUSED] = "paused",
		[WORD_TOUCHED] = "touched",
		[WORD_NEXT] = "next",
		[WORD_THREAD] = "thread",
		[WORD_FOR] = "for",
		[WORD_AND_USED] = "and_used",
		[WORD_FAILING] = "failing",
		[WORD_ERROR] = "error",
		[WORD_FORK] = "fork",
		[WORD_SCOPE] = "scope",
		[WORD_SENDING] = "sending",
		[WORD_LACKS] = "lacks",
		[WORD_RECEIVER] = "receiver",
		[WORD_TURN] = "turn",
		[WORD_AS_OTHERS] = "as_others",
		[WORD_POOL] = "pool",
		[WORD_CONSTRUCTOR] = "constructor",
		[WORD_READER] = "reader",
		[WORD_HOLDER] = "holder",
		[WORD_HOLDING] = "holding",
		[WORD_MUTEX] = "mutex",
		[WORD_LOCKED] = "locked",
		[WORD_LANGUAGE] = "language",
		[WORD_STACK_COMMAND] = "stack_command",
		[WORD_LIMIT] = "limit",
		[WORD_PAUSE] = "pause",
		[WORD_ENDING] = "ending",
		[WORD_SCOPED] = "scoped",
	};

	return names[word];
}

const char *advice_for(enum leak_class class, enum leak_reason reason, uint64_t when,
		       enum advice_text text)
{
	size_t count, i;
	const struct advice *rows = advice_rows(class, &count);

	for (i = 0; i < count; i++)
		if (rows[i].text[text] &&
		    (rows[i].reason == reason || rows[i].reason == ANY_REASON) &&
		    (rows[i].when & ~when) == 0)
			return rows[i].text[text];
	return class_words(class)->fix;
}
