/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "analyzer/base/exit_status.h"
#include "analyzer/launch/launch.h"
#include "analyzer/launch/launch_environment.h"
#include "analyzer/launch/signal_expected.h"
#include "analyzer/launch/unrecorded_reason.h"
#include "preload/recording/node_options.h"
#include "preload/recording/recording.h"
#include "tests/unit/unit.h"

static char folder[] = "/tmp/test_launch.XXXXXX";

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Runs SCRIPT in a shell under the recorder, the recordings in a new folder named RECORDINGS. */
static int run_shell(const char *script, const char *recordings, bool wait_for_all)
{
	char *argv[] = { (char *)"/bin/sh", (char *)"-c", (char *)script, NULL };
	char path[128];
	const struct launch_options options = {
		.argv = argv,
		.recordings = path,
		.wait_for_all = wait_for_all,
	};
	struct launch_outcome outcome;
	int status;

	snprintf(path, sizeof(path), "%s/%s", folder, recordings);
	status = launch_program(&options, &outcome);
	assert_true(outcome.started);
	launch_outcome_clear(&outcome);
	return status;
}

/* The header of the one recording in RECORDINGS whose name begins with NAME. */
static void read_header(const char *recordings, const char *name, struct recording_header *header)
{
	char pattern[160];
	glob_t found;
	int fd;

	snprintf(pattern, sizeof(pattern), "%s/%s/%s.*" RECORDING_SUFFIX, folder, recordings, name);
	assert_int_equal(glob(pattern, 0, NULL, &found), 0);
	assert_int_equal(found.gl_pathc, 1);
	fd = open(found.gl_pathv[0], O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(read(fd, header, sizeof(*header)), sizeof(*header));
	close(fd);
	globfree(&found);
}

static void status_is_the_program_s(void **state)
{
	(void)state;
	assert_int_equal(run_shell("exit 3", "status", false), 3);
	assert_int_equal(run_shell("kill -9 $$", "status", false), 128 + SIGKILL);
	assert_int_equal(run_shell("kill -TERM $$", "status", false), 128 + SIGTERM);
}

static bool is_in(const char *recordings, const char *name)
{
	char path[160];

	snprintf(path, sizeof(path), "%s/%s/%s", folder, recordings, name);
	return access(path, F_OK) == 0;
}

/* Only what a recorder can have left, and what nobody is about to complete. */
static void unfinished_recordings_are_removed(void **state)
{
	char script[400];

	(void)state;
	snprintf(script, sizeof(script),
		 "cd %s/unfinished && : > a.71.0.starting && printf 'FINLEAK\\0' > b.72.0.starting"
		 " && echo text > c.73.0.starting && : > notes.starting && : > .starting"
		 " && ln -s a.71.0.starting d.74.0.starting"
		 " && mkdir e.75.0.starting || exit 1; tail -f /dev/null 9> f.76.0.starting &"
		 " echo $! > %s/pid; until [ -e f.76.0.starting ]; do :; done",
		 folder, folder);
	assert_int_equal(run_shell(script, "unfinished", false), 0);
	assert_false(is_in("unfinished", "a.71.0.starting"));
	assert_false(is_in("unfinished", "b.72.0.starting"));
	assert_true(is_in("unfinished", "c.73.0.starting"));
	assert_true(is_in("unfinished", "notes.starting"));
	assert_true(is_in("unfinished", ".starting"));
	assert_true(is_in("unfinished", "e.75.0.starting"));
	assert_true(is_in("unfinished", "f.76.0.starting"));
	snprintf(script, sizeof(script), "kill $(cat %s/pid); rm %s/pid", folder, folder);
	assert_int_equal(system(script), 0);
}

/* The status of a program that may not have been started. */
static int launch(const struct launch_options *options)
{
	struct launch_outcome outcome;
	int status = launch_program(options, &outcome);

	assert_int_equal(outcome.started, status < 125);
	launch_outcome_clear(&outcome);
	return status;
}

static void program_that_cannot_run_has_its_own_status(void **state)
{
	char *none[] = { (char *)"/nowhere/program", NULL };
	char *directory[] = { (char *)"/tmp", NULL };
	struct launch_options options = { .argv = none, .recordings = folder };

	(void)state;
	assert_int_equal(launch(&options), 127);
	options.argv = directory;
	assert_int_equal(launch(&options), 126);
	/* What passes every check and is refused by the kernel alone. */
	options.argv = (char *[]){ (char *)"/bin/true", NULL };
	options.recordings = "/proc/none";
	assert_int_equal(launch(&options), 125);
}

static void killed_process_is_stamped(void **state)
{
	struct recording_header header;
	uint64_t before = now_ns();

	(void)state;
	/* By a child: it does not end itself. */
	run_shell("python3 -c 'import os; os.kill(os.getppid(), 9)'; :", "killed", false);
	read_header("killed", "sh", &header);
	assert_int_equal(header.end, END_NONE);
	assert_in_range(header.reaped_ns, before, now_ns());
}

static void process_that_kills_itself_is_stamped(void **state)
{
	struct recording_header header;

	(void)state;
	run_shell("kill -9 $$", "itself", false);
	read_header("itself", "sh", &header);
	assert_int_equal(header.end, END_SIGNAL);
	assert_in_range(header.reaped_ns, header.end_ns, now_ns());
}

static void ended_process_is_not_stamped(void **state)
{
	struct recording_header header;

	(void)state;
	run_shell("exit 0", "ended", false);
	read_header("ended", "sh", &header);
	assert_int_equal(header.end, END_EXIT);
	assert_int_equal(header.reaped_ns, 0);
}

/* A child that is killed while PROGRAM goes on is stamped then, not when PROGRAM ends. */
static void child_is_stamped_when_it_ends(void **state)
{
	struct recording_header child;
	char script[768];

	(void)state;
	/* cat answers, so it runs; only then it is killed. PROGRAM ends when it sees the stamp. */
	snprintf(script, sizeof(script),
		 "cd %s && mkfifo in out; cat < in > out & exec 3> in 4< out;"
		 "echo >&3; read line <&4; kill -9 $!; wait $! 2> wait;"
		 "until od -An -tx1 -v -j%zu -N8 child/cat.$!.* | grep -q [1-9a-f];"
		 "do sleep 0.01; done",
		 folder, offsetof(struct recording_header, reaped_ns));
	run_shell(script, "child", false);
	read_header("child", "cat", &child);
	assert_int_equal(child.end, END_NONE);
	assert_true(child.reaped_ns != 0);
}

static void wait_is_for_daemons_too(void **state)
{
	struct recording_header daemon;

	(void)state;
	/* The daemon goes on once its parent is not only dead but reaped: finleak knows by then. */
	assert_int_equal(run_shell("(while kill -0 $$; do sleep 0.01; done 2> /dev/null;"
				   "exec tail -n 0 /dev/null) & exit 4",
				   "daemon", true),
			 4);
	read_header("daemon", "tail", &daemon);
	assert_int_equal(daemon.end, END_EXIT);
}

/* Signals NUMBER at this process when the program has printed that it is ready. */
static pid_t signal_when_ready(const char *ready, int number)
{
	pid_t parent = getpid(), child = fork();

	if (child == 0) {
		char byte;
		int fd = open(ready, O_RDONLY);

		if (fd < 0 || read(fd, &byte, 1) != 1)
			_exit(1);
		_exit(kill(parent, number) < 0);
	}
	return child;
}

static void signals_sent_to_us_are_handed_on(void **state)
{
	static const int numbers[] = { SIGTERM, SIGHUP, SIGINT, SIGUSR1, SIGWINCH };
	static const bool asks_for_the_end[] = { true, true, true, false, false };
	struct recording_header header;
	uint64_t before;
	char ready[128], script[512], name[32];

	(void)state;
	snprintf(ready, sizeof(ready), "%s/ready", folder);
	assert_int_equal(mkfifo(ready, 0600), 0);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		pid_t sender = signal_when_ready(ready, numbers[i]);
		int status;

		assert_true(sender > 0);
		/* The shell takes the trap when read is interrupted or returns. */
		snprintf(script, sizeof(script),
			 "trap 'exit 42' %d; echo > %s; while :; do sleep 0.05; done", numbers[i],
			 ready);
		snprintf(name, sizeof(name), "signal%d", numbers[i]);
		before = now_ns();
		assert_int_equal(run_shell(script, name, false), 42);
		assert_int_equal(waitpid(sender, &status, 0), sender);
		assert_int_equal(status, 0);
		read_header(name, "sh", &header);
		if (asks_for_the_end[i])
			assert_in_range(header.signalled_ns, before, header.end_ns);
		else
			assert_int_equal(header.signalled_ns, 0);
	}
}

static void mask_and_dispositions_are_inherited(void **state)
{
	struct sigaction kept_hup, kept_chld;
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t one, kept;

	(void)state;
	sigaction(SIGHUP, &ignore, &kept_hup);
	sigaction(SIGCHLD, &ignore, &kept_chld);
	sigemptyset(&one);
	sigaddset(&one, SIGUSR2);
	sigprocmask(SIG_BLOCK, &one, &kept);
	/* SIGHUP is bit 0, SIGUSR2 bit 11, SIGCHLD bit 16. A shell would hide an ignored SIGCHLD.
	 */
	assert_int_equal(run_shell("exec grep -q '^SigBlk:\t0000000000000800$' /proc/self/status",
				   "mask", false),
			 0);
	assert_int_equal(run_shell("exec grep -q '^SigIgn:.*1$' /proc/self/status", "mask", false),
			 0);
	sigprocmask(SIG_SETMASK, &kept, NULL);
	sigaction(SIGHUP, &kept_hup, NULL);
	sigaction(SIGCHLD, &kept_chld, NULL);
}

static const char *variable(char **environment, const char *name)
{
	size_t length = strlen(name);
	const char *found = NULL;

	for (; *environment; environment++)
		if (strncmp(*environment, name, length) == 0 && (*environment)[length] == '=') {
			assert_null(found); /* twice would leave the choice to the program's libc */
			found = *environment + length + 1;
		}
	return found;
}

static void environment_puts_the_recorder_in(void **state)
{
	static const struct {
		const char *preload, *options, *sanitizer, *folder;
		const char *new_preload, *new_options;
	} cases[] = {
		{ NULL, NULL, "", "/r", "/lib.so",
		  "run=1:share=0:script-frames=0:maker=:recordings=/r" },
		{ "", "", "", "/r", "/lib.so",
		  "run=1:share=0:script-frames=0:maker=:recordings=/r" },
		{ "a.so:/b.so", "frames=9", "", "/r", "/lib.so:a.so:/b.so",
		  "frames=9:run=1:share=0:script-frames=0:maker=:recordings=/r" },
		{ NULL, NULL, "libasan.so.8", "/r", "libasan.so.8:/lib.so",
		  "run=1:share=0:script-frames=0:maker=:recordings=/r" },
		{ "/usr/lib/libasan.so.8 a.so", NULL, "libasan.so.8", "/r",
		  "/usr/lib/libasan.so.8:/lib.so:a.so",
		  "run=1:share=0:script-frames=0:maker=:recordings=/r" },
		{ NULL, NULL, "", "/a:b\\c d", "/lib.so",
		  "run=1:share=0:script-frames=0:maker=:recordings=/a\\:b\\\\c d" },
	};

	char **environment;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsetenv("LD_PRELOAD");
		unsetenv("FINLEAK_OPTIONS");
		if (cases[i].preload)
			setenv("LD_PRELOAD", cases[i].preload, 1);
		if (cases[i].options)
			setenv("FINLEAK_OPTIONS", cases[i].options, 1);
		environment = launch_environment("/lib.so", cases[i].sanitizer, cases[i].folder, "",
						 false, false);
		assert_string_equal(variable(environment, "LD_PRELOAD"), cases[i].new_preload);
		assert_string_equal(variable(environment, "FINLEAK_OPTIONS"), cases[i].new_options);
		assert_string_equal(variable(environment, "PATH"), getenv("PATH"));
		launch_environment_free(environment);
	}
	unsetenv("LD_PRELOAD");
	unsetenv("FINLEAK_OPTIONS");
	environment = launch_environment("/lib.so", "", "/r", "0.1", true, false);
	assert_string_equal(variable(environment, "FINLEAK_OPTIONS"),
			    "run=1:share=1:script-frames=0:maker=0.1:recordings=/r");
	launch_environment_free(environment);
}

/* The recorder asks, in the process that is node: what others inherit stays the user's. */
static void node_is_asked_by_the_recorder(void **state)
{
	char **environment;

	(void)state;
	setenv("NODE_OPTIONS", "--mine", 1);
	environment = launch_environment("/lib.so", "", "/r", "", false, true);
	assert_string_equal(variable(environment, "FINLEAK_OPTIONS"),
			    "run=1:share=0:script-frames=1:maker=:recordings=/r");
	assert_string_equal(variable(environment, "NODE_OPTIONS"), "--mine");
	launch_environment_free(environment);
	unsetenv("NODE_OPTIONS");
}

static void node_refuses_by_its_own_options(void **state)
{
	static const struct {
		const char *given, *argument;
		bool refused;
	} cases[] = {
		{ "", "app.js", false },
		{ "--require a.js --no-warnings", "--permissions", false },
		{ "--no-warnings --permission", "app.js", true },
		{ "", "--experimental_policy=policy.json", true },
		{ " --snapshot-blob=x", "app.js", true },
		{ "", "--build-snapshot", true },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *argv[] = { (char *)"node", (char *)cases[i].argument, NULL };

		assert_int_equal(node_refuses(cases[i].given, argv), cases[i].refused);
	}
}

static void library_is_refused_where_the_loader_could_not_take_it(void **state)
{
	(void)state;
	assert_true(launch_environment_can_name("/opt/finleak/libfinleak.so"));
	assert_false(launch_environment_can_name("/opt/my programs/libfinleak.so"));
	assert_false(launch_environment_can_name("/opt/a:b/libfinleak.so"));
}

static void recordings_are_private_unless_shared(void **state)
{
	char *argv[] = { (char *)"/bin/true", NULL };
	char path[128];
	struct launch_options options = { .argv = argv, .recordings = path };
	struct stat status;

	(void)state;
	snprintf(path, sizeof(path), "%s/new/private", folder);
	assert_int_equal(launch(&options), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 0700);
	/* An existing folder is used, but never opened to others behind its owner's back. */
	assert_int_equal(launch(&options), 0);
	options.share_recordings = true;
	assert_int_equal(launch(&options), 125);
	snprintf(path, sizeof(path), "%s/new/shared", folder);
	assert_int_equal(launch(&options), 0);
	assert_int_equal(stat(path, &status), 0);
	assert_int_equal(status.st_mode & 07777, 01777);
}

static int make_folder(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	char command[sizeof(folder) + 16];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s", folder);
	return system(command);
}

/* What is exiting has no environment to read: nothing is known of what it was started with. */
static void exiting_process_was_not_started_with_an_empty_environment(void **state)
{
	pid_t child = fork();
	char reason[200];
	siginfo_t ended;

	(void)state;
	if (child == 0)
		_exit(0);
	assert_int_equal(waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0);
	assert_int_equal(unrecorded_reason(reason, sizeof(reason), child, folder, "/libfinleak.so"),
			 CAUSE_GUESSED);
	assert_null(strstr(reason, "environment"));
	assert_int_equal(waitpid(child, NULL, 0), child);
}

/* /bin/true under the recorder in a process of its own that may have DESCRIPTORS; its status. */
static int run_with_few(rlim_t descriptors)
{
	const struct rlimit few = { .rlim_cur = descriptors, .rlim_max = descriptors };
	char *argv[] = { (char *)"/bin/true", NULL };
	char path[128];
	const struct launch_options options = {
		.argv = argv,
		.recordings = path,
		.observe_ns = 1000000000,
	};
	struct launch_outcome outcome;
	pid_t child;
	int status;

	snprintf(path, sizeof(path), "%s/few.%d", folder, (int)descriptors);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(20);
		if (!freopen("/dev/null", "w", stderr) || setrlimit(RLIMIT_NOFILE, &few) < 0)
			_exit(1);
		status = launch_program(&options, &outcome);
		launch_outcome_clear(&outcome);
		_exit(status);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* Whatever it is that can't be opened: the program runs, or is not started, and finleak ends. */
static void few_descriptors_are_survived(void **state)
{
	unsigned int refused = 0;
	rlim_t descriptors;
	int status;

	(void)state;
	for (descriptors = 4; descriptors < 24; descriptors++) {
		status = run_with_few(descriptors);
		if (status == EXIT_NOT_JUDGED)
			refused++;
		else
			/* 127: its own loader had too few. */
			assert_true(status == 0 || status == EXIT_NOT_FOUND);
	}
	assert_int_not_equal(refused, 0);
	assert_int_equal(run_with_few(64), 0);
}

static bool is_in_call(pid_t pid, long number)
{
	char path[64];
	long found = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/syscall", (int)pid);
	file = fopen(path, "re");
	if (file && fscanf(file, "%ld", &found) != 1)
		found = -1;
	if (file)
		fclose(file);
	return found == number;
}

/* A signal that is waited for is not shown as blocked. */
static void signal_that_is_waited_for_is_expected(void **state)
{
	sigset_t set, before;
	pid_t child;
	int got;

	(void)state;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, &before);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		alarm(20);
		_exit(sigwait(&set, &got) || got != SIGUSR1);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	while (!is_in_call(child, SYS_rt_sigtimedwait))
		assert_int_equal(waitpid(child, NULL, WNOHANG), 0);
	assert_true(signal_is_expected(child, SIGUSR1));
	assert_false(signal_is_expected(child, SIGUSR2));
	kill(child, SIGUSR1);
	assert_int_equal(waitpid(child, &got, 0), child);
	assert_int_equal(got, 0);
	/* Nothing shows that it is not. */
	assert_true(signal_is_expected(child, SIGUSR2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(status_is_the_program_s),
		cmocka_unit_test(program_that_cannot_run_has_its_own_status),
		cmocka_unit_test(killed_process_is_stamped),
		cmocka_unit_test(process_that_kills_itself_is_stamped),
		cmocka_unit_test(unfinished_recordings_are_removed),
		cmocka_unit_test(ended_process_is_not_stamped),
		cmocka_unit_test(child_is_stamped_when_it_ends),
		cmocka_unit_test(wait_is_for_daemons_too),
		cmocka_unit_test(signals_sent_to_us_are_handed_on),
		cmocka_unit_test(mask_and_dispositions_are_inherited),
		cmocka_unit_test(environment_puts_the_recorder_in),
		cmocka_unit_test(node_is_asked_by_the_recorder),
		cmocka_unit_test(node_refuses_by_its_own_options),
		cmocka_unit_test(library_is_refused_where_the_loader_could_not_take_it),
		cmocka_unit_test(recordings_are_private_unless_shared),
		cmocka_unit_test(few_descriptors_are_survived),
		cmocka_unit_test(signal_that_is_waited_for_is_expected),
		cmocka_unit_test(exiting_process_was_not_started_with_an_empty_environment),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
