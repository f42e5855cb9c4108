/* SPDX-License-Identifier: MIT */
/*
 * The tests of one program: registered line by line out of its tables, run by cmocka. `--list`
 * prints the calls they cover, one a line, for the check that none was forgotten.
 */
#ifndef FINLEAK_TESTS_CALL_TESTS_H
#define FINLEAK_TESTS_CALL_TESTS_H

#include <stdio.h>

/*
 * Adds a test. CALL: the name in preload/calls/interposed_calls.def that it is for ("syscall
 * NUMBER" for a system call by number; NULL: for none of them). CHECK gets STATE in *state. The
 * test's name is NAME with the call's (blanks replaced) for the asterisk in it.
 */
void add_call_test(const char *call, void (*check)(void **state), const void *state,
		   const char *name);

/* Adds a test of the way things are in sum. */
void add_test(const char *name, void (*check)(void **state));

/* Runs the tests, or lists the calls. Returns main()'s result. */
int run_call_tests(int argc, char **argv, const char *group);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

#endif
