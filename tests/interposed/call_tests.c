/* SPDX-License-Identifier: MIT */
#include "call_tests.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "expect.h"

#define TESTS_MAX 512

static struct CMUnitTest tests[TESTS_MAX];
static const char *calls[TESTS_MAX];
static size_t count;

void add_call_test(const char *call, void (*check)(void **state), const void *state,
		   const char *name)
{
	int before = (int)strcspn(name, "*");
	char full[128], *blank;

	if (count == TESTS_MAX)
		abort();
	snprintf(full, sizeof(full), "%.*s%s%s", before, name, call ? call : "",
		 name[before] ? name + before + 1 : "");
	for (blank = full; *blank; blank++)
		if (*blank == ' ')
			*blank = '_';
	calls[count] = call;
	tests[count++] = (struct CMUnitTest){
		.name = strdup(full),
		.test_func = check,
		.initial_state = (void *)(uintptr_t)state,
	};
}

void add_test(const char *name, void (*check)(void **state))
{
	if (count == TESTS_MAX)
		abort();
	tests[count++] = (struct CMUnitTest){ .name = name, .test_func = check };
}

int run_call_tests(int argc, char **argv, const char *group)
{
	size_t i;

	if (argc == 2 && strcmp(argv[1], "--list") == 0) {
		for (i = 0; i < count; i++)
			if (calls[i])
				puts(calls[i]);
		return 0;
	}
	/* Writes to broken connections are made on purpose. */
	signal(SIGPIPE, SIG_IGN);
	if (argc == 2)
		cmocka_set_test_filter(argv[1]);
	return _cmocka_run_group_tests(group, tests, count, NULL, NULL);
}
