/* SPDX-License-Identifier: MIT */
#include "tests/unit/unit.h"

#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/exit_status.h"
#include "analyzer/options/option_values.h"
#include "analyzer/options/options.h"
#include "analyzer/options/parse_options.h"

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
	} good[] = {
		{ "100ms", 100000000 }, { "10s", 10000000000 },
		{ "2m", 120000000000 }, { "1h", 3600000000000 },
		{ "500us", 500000 },    { "3", 3000000000 },
		{ "0.25", 250000000 },  { "0", 0 },
		{ "7ns", 7 },
	};
	static const char *const bad[] = { "",    "ms",   "-1s",   "1 s", "10x", "inf",
					   "nan", "0x10", "1e99h", "s1",  "+1" };
	uint64_t ns;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_true(parse_duration(good[i].text, &ns));
		assert_int_equal(ns, good[i].ns);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (parse_duration(bad[i], &ns))
			fail_msg("'%s' is no duration", bad[i]);
}

/* What follows PROGRAM is PROGRAM's, whatever it looks like. */
static void test_run_keeps_program_options(void **state)
{
	char *argv[] = { (char[]){ "run" },   (char[]){ "-e" },     (char[]){ "3" },
			 (char[]){ "prog" },  (char[]){ "-o" },     (char[]){ "x" },
			 (char[]){ "--all" }, (char[]){ "--help" }, NULL };
	struct options options;

	(void)state;
	options_parse_run(&options, 8, argv);
	assert_int_equal(options.error_exitcode, 3);
	assert_false(options.report.all);
	assert_int_equal(options.argument_count, 5);
	assert_string_equal(options.arguments[0], "prog");
	assert_string_equal(options.arguments[4], "--help");
	assert_int_equal(options.output_count, 1);
	assert_null(options.outputs[0].path);
	options_clear(&options);
}

static void test_run_after_dashes(void **state)
{
	char *argv[] = { (char[]){ "run" }, (char[]){ "--" }, (char[]){ "-odd" }, (char[]){ "--" },
			 NULL };
	struct options options;

	(void)state;
	options_parse_run(&options, 4, argv);
	assert_int_equal(options.argument_count, 2);
	assert_string_equal(options.arguments[0], "-odd");
	assert_string_equal(options.arguments[1], "--");
	options_clear(&options);
}

/* Each -o belongs to the -f before it. */
static void test_outputs(void **state)
{
	char *argv[] = { (char[]){ "report" },
			 (char[]){ "-f" },
			 (char[]){ "text" },
			 (char[]){ "-f" },
			 (char[]){ "json" },
			 (char[]){ "-o" },
			 (char[]){ "r.json" },
			 (char[]){ "--min-held=2s" },
			 (char[]){ "dir" },
			 (char[]){ "--own=lib*" },
			 NULL };
	struct options options;

	(void)state;
	options_parse_report(&options, 10, argv);
	assert_int_equal(options.output_count, 2);
	assert_string_equal(options.outputs[0].format->name, "text");
	assert_null(options.outputs[0].path);
	assert_string_equal(options.outputs[1].format->name, "json");
	assert_string_equal(options.outputs[1].path, "r.json");
	assert_int_equal(options.report.judge.min_held_ns, 2000000000);
	assert_string_equal(options.report.own.own[0], "lib*");
	assert_null(options.report.own.own[1]);
	assert_int_equal(options.argument_count, 1);
	assert_string_equal(options.arguments[0], "dir");
	options_clear(&options);
}

/* The status with which parsing ARGUMENT ends the program. */
static int status_of(const char *argument)
{
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		char *argv[] = { (char[]){ "report" }, NULL, NULL };
		struct options options;

		argv[1] = (char *)(uintptr_t)argument;
		argp_err_exit_status = EXIT_NOT_JUDGED;
		if (!freopen("/dev/null", "w", stderr) || !freopen("/dev/null", "w", stdout))
			_exit(99);
		options_parse_report(&options, 2, argv);
		_exit(98);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void test_bad_options(void **state)
{
	static const char *const bad[] = {
		"--suppressions=x",   "--baseline=x",         "--format=xml",
		"--error-exitcode=x", "--error-exitcode=256", "--min-held=soon",
		"--color=maybe",      "--source-prefix=x",    "--wait"
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (status_of(bad[i]) != 125)
			fail_msg("%s gives %d", bad[i], status_of(bad[i]));
	assert_int_equal(status_of("--help"), 0);
	assert_int_equal(status_of("--usage"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_run_keeps_program_options),
		cmocka_unit_test(test_run_after_dashes),
		cmocka_unit_test(test_outputs),
		cmocka_unit_test(test_bad_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
