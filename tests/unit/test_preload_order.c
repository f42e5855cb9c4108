/* SPDX-License-Identifier: MIT */
/* Whether another library takes a program's calls before the recorder, by its environment and maps.
 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/launch/preload_order.h"

#define LIBRARY "/nowhere/libfinleak.so"

/* As long as it is open, the program waits. */
static int held_open;

/* A program that waits, started with PRELOAD; all that the loader finds of it is mapped. */
static pid_t start(const char *preload)
{
	char *argv[] = { (char *)"/bin/cat", NULL }, *environment[] = { NULL, NULL };
	char entry[4096], byte;
	int in[2], out[2];
	pid_t child;

	snprintf(entry, sizeof(entry), "LD_PRELOAD=%s", preload);
	environment[0] = entry;
	assert_int_equal(pipe2(in, O_CLOEXEC), 0);
	assert_int_equal(pipe2(out, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(20);
		dup2(in[0], STDIN_FILENO);
		dup2(out[1], STDOUT_FILENO);
		dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
		execve(argv[0], argv, environment);
		_exit(1);
	}
	/* It answers once it runs. */
	assert_int_equal(write(in[1], "x", 1), 1);
	assert_int_equal(read(out[0], &byte, 1), 1);
	close(in[0]);
	close(out[0]);
	close(out[1]);
	held_open = in[1];
	return child;
}

static void end(pid_t child)
{
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, NULL, 0), child);
	close(held_open);
}

static void test_order(void **state)
{
	static const struct {
		const char *preload;
		const char *before; /* the library that takes the calls; NULL: none does */
	} cases[] = {
		{ "libc.so.6:" LIBRARY, "libc.so.6" },
		{ "libc.so.6 " LIBRARY, "libc.so.6" },
		{ ": :libm.so.6::libc.so.6:" LIBRARY, "libc.so.6" },
		{ LIBRARY ":libc.so.6", NULL },
		{ "libm.so.6:" LIBRARY, NULL },                    /* it has no socket() */
		{ "libnowhere.so:/proc/self/mem:" LIBRARY, NULL }, /* nobody has it mapped */
		{ "/dev/zero:/tmp:" LIBRARY, NULL },
		{ "/lib/:..:" LIBRARY, NULL },
		{ "", NULL },
	};
	char name[64];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_t child = start(cases[i].preload);

		assert_int_equal(preload_order_is_behind(child, LIBRARY, name, sizeof(name)),
				 cases[i].before != NULL);
		if (cases[i].before)
			assert_string_equal(name, cases[i].before);
		end(child);
	}
}

static void test_process_that_is_gone(void **state)
{
	char name[64];
	pid_t child = start("libc.so.6:" LIBRARY);

	(void)state;
	end(child);
	assert_false(preload_order_is_behind(child, LIBRARY, name, sizeof(name)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_process_that_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
