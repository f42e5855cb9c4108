/* SPDX-License-Identifier: MIT */
/* The tables of rules, conditions and words are whole, and fit together. */
#include "tests/unit/unit.h"

#include <string.h>

#include "analyzer/rules/advice.h"
#include "analyzer/rules/class_words.h"
#include "analyzer/rules/rules.h"

/* A name begins with its class, but for notes that have a name of their own. */
static bool fits(const struct rule *rule)
{
	const char *class = leak_class_name(rule->class);

	return rule->verdict == VERDICT_NOTE || strncmp(rule->name, class, strlen(class)) == 0;
}

static void test_rules(void **state)
{
	const struct rule *rules;
	size_t count, i, j;

	(void)state;
	rules = rules_all(&count);
	for (i = 0; i < count; i++) {
		if (!fits(&rules[i]))
			fail_msg("%s: a %s", rules[i].name, leak_class_name(rules[i].class));
		assert_non_null(rules[i].when[0]);
		/* Room for the NULL that ends them. */
		assert_null(rules[i].when[RULE_CONDITIONS - 1]);
		assert_true(rules[i].deciding <= STACK_DECIDED);
		for (j = 0; j < i; j++)
			assert_string_not_equal(rules[i].name, rules[j].name);
		/* Of a socket that two processes have, the worse verdict counts. */
		if (i && rules[i].verdict < rules[i - 1].verdict)
			fail_msg("%s stands behind %s", rules[i].name, rules[i - 1].name);
	}
}

static void test_conditions(void **state)
{
	const struct rule *rules;
	size_t count, i, j;

	(void)state;
	rules = rules_all(&count);
	for (i = 0; i < count; i++)
		for (j = 0; rules[i].when[j]; j++) {
			const struct condition *condition = rules[i].when[j];

			assert_non_null(condition->holds);
			assert_true(strlen(condition->means) > 10);
			assert_int_not_equal(condition->means[strlen(condition->means) - 1], '.');
		}
}

static bool leads_to(const struct rule *rules, size_t count, enum leak_class class,
		     enum leak_reason reason)
{
	size_t i;

	for (i = 0; i < count; i++)
		if (rules[i].class == class || (reason && rules[i].reason == reason))
			return true;
	return false;
}

static void test_words(void **state)
{
	const struct rule *rules;
	enum leak_class class;
	size_t count, i;

	(void)state;
	rules = rules_all(&count);
	for (i = 0; i < CLASS_COUNT; i++) {
		const struct class_words *words = class_words(i);

		assert_true(words->name && words->headline && words->means && words->fix);
		assert_true(class_by_name(words->name, &class));
		assert_int_equal(class, i);
		assert_true(leads_to(rules, count, i, REASON_NONE));
	}
	for (i = REASON_NONE + 1; i < REASON_COUNT; i++) {
		const struct reason_words *words = reason_words(i);

		assert_true(words->name && words->means && words->fix);
		assert_true(leads_to(rules, count, CLASS_COUNT, i));
	}
	assert_false(class_by_name("eof", &class));
}

static bool is_word(const char *name, size_t length)
{
	unsigned int word;

	for (word = 0; word < ADVICE_WORDS; word++)
		if (strlen(advice_word_name(word)) == length &&
		    strncmp(advice_word_name(word), name, length) == 0)
			return true;
	return false;
}

/* Does a row before INDEX fit wherever that one does, in TEXT? Then it is never taken. */
static bool is_hidden(const struct advice *rows, size_t index, enum advice_text text)
{
	const struct advice *row = &rows[index];
	size_t i;

	for (i = 0; i < index; i++)
		if (rows[i].text[text] &&
		    (rows[i].reason == row->reason || rows[i].reason == REASON_COUNT) &&
		    (rows[i].when & ~row->when) == 0)
			return true;
	return false;
}

static void check_text(const char *text, bool has_words)
{
	const char *open = text;

	assert_int_equal(text[strlen(text) - 1], '.');
	while ((open = strchr(open, '{'))) {
		size_t length = strcspn(++open, "}");

		if (!has_words || !is_word(open, length))
			fail_msg("{%.*s}: %s", (int)length, open, text);
	}
}

static void test_advice(void **state)
{
	const struct advice *rows;
	unsigned int class, text;
	size_t count, i;

	(void)state;
	for (class = 0; class < CLASS_COUNT; class ++) {
		rows = advice_rows(class, &count);
		assert_true(count > 0);
		for (i = 0; i < count; i++)
			for (text = 0; text < ADVICE_TEXTS; text++) {
				if (!rows[i].text[text])
					continue;
				/* A scan knows no names. */
				check_text(rows[i].text[text], text != ADVICE_SCANNED);
				if (is_hidden(rows, i, text))
					fail_msg("never taken: %s", rows[i].text[text]);
			}
	}
}

static const char *advice(enum leak_class class, enum leak_reason reason, uint64_t when)
{
	return advice_for(class, reason, when, ADVICE_RECORDED);
}

/* Where no end was read, the advice names no read; and no call that fails where none failed. */
static void test_advice_at_opening(void **state)
{
	(void)state;
	assert_non_null(strstr(advice(CLASS_LATE_CLOSE, REASON_NONE, 0), "{reading} in"));
	assert_null(
		strstr(advice(CLASS_LATE_CLOSE, REASON_NONE, ADVICE_AT_OPENING), "{reading} in"));
	assert_null(strstr(advice(CLASS_EOF_UNCLOSED, REASON_CLOSED_AT_EXIT, ADVICE_AT_OPENING),
			   "{reading} in"));
	assert_null(strstr(advice(CLASS_ERROR_UNCLOSED, REASON_CLOSED_AT_EXIT, ADVICE_AT_OPENING),
			   "the call in"));
	/* Without a row of its own a class has its general advice. */
	assert_string_equal(advice_for(CLASS_DUPLICATE_HELD, REASON_NONE, 0, ADVICE_SCANNED),
			    class_words(CLASS_DUPLICATE_HELD)->fix);
}

/* Of the three causes the advice names the one that was seen. */
static void test_advice_by_the_accepting_thread(void **state)
{
	static const struct {
		uint64_t when;
		const char *says;
	} cases[] = {
		{ ADVICE_NO_DESCRIPTORS | ADVICE_DOING, "EMFILE" },
		{ ADVICE_DOING | ADVICE_THREAD_ENDED, "in another thread" },
		{ ADVICE_DOING | ADVICE_THREAD_RUNS, "too slow" },
		{ ADVICE_DOING | ADVICE_THREAD_AT, "return to accept()" },
		{ ADVICE_DOING | ADVICE_THREAD_AT | ADVICE_THREAD_WAITS, "Poll the listener" },
		{ ADVICE_DOING, "should do so {doing}" },
		{ 0, "blocked, too slow, or out of descriptors" },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_non_null(strstr(advice(CLASS_NEVER_ACCEPTED, REASON_NONE, cases[i].when),
				       cases[i].says));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_advice),
		cmocka_unit_test(test_advice_at_opening),
		cmocka_unit_test(test_advice_by_the_accepting_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
