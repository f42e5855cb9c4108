/* SPDX-License-Identifier: MIT */
/* The tables of rules, conditions and words are whole, and fit together. */
#include "tests/unit/unit.h"

#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_conditions),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
