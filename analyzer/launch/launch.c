/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/launch/await_dying.h"
#include "analyzer/launch/await_heirs.h"
#include "analyzer/launch/family.h"
#include "analyzer/launch/launch_environment.h"
#include "analyzer/launch/launch_observe.h"
#include "analyzer/launch/launch_relay.h"
#include "analyzer/launch/preflight.h"
#include "analyzer/launch/process_watch.h"
#include "analyzer/launch/recording_maker.h"
#include "analyzer/launch/recordings_folder.h"
#include "analyzer/launch/remove_unfinished.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/utf8.h"
#include "analyzer/kernel_view/kernel_connections.h"
#include "analyzer/recordings/run_record.h"
#include "preload/recording/node_options.h"

static const char *find_library(void)
{
	static const char *const places[] = {
		"/../preload/libfinleak.so", /* the build tree */
		"/" FINLEAK_INSTALLED_RECORDER,
	};
	static char library[PATH_MAX];
	const char *asked = getenv("FINLEAK_LIBRARY");
	char own[PATH_MAX], *slash;
	ssize_t length;

	if (asked && asked[0])
		return realpath(asked, library);
	length = readlink("/proc/self/exe", own, sizeof(own) - 1);
	if (length <= 0)
		return NULL;
	own[length] = '\0';
	slash = strrchr(own, '/');
	if (!slash)
		return NULL;
	*slash = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char *place = allocate_printed("%s%s", own, places[i]);
		const char *found = realpath(place, library);

		free(place);
		if (found)
			return found;
	}
	return NULL;
}

const char *launch_library(char *reason, unsigned long reason_size)
{
	const char *library = find_library();

	if (!library || access(library, R_OK) < 0) {
		snprintf(reason, reason_size,
			 "libfinleak.so was not found beside finleak: install both, or set "
			 "FINLEAK_LIBRARY to its path");
		return NULL;
	}
	if (!launch_environment_can_name(library)) {
		snprintf(reason, reason_size,
			 "%s: the loader can't preload a library with a blank or a colon in its "
			 "path: move finleak",
			 library);
		return NULL;
	}
	return library;
}

/* The checks before the start. */
static int check_start(const struct launch_options *options, struct preflight *found, char *reason,
		       size_t reason_size)
{
	int status = preflight_check(options->argv[0], found, reason, reason_size);

	if (status)
		return status;
	return launch_library(reason, reason_size) ? 0 : EXIT_NOT_JUDGED;
}

int launch_preflight(const struct launch_options *options, char *reason, unsigned long reason_size)
{
	struct preflight found;

	return check_start(options, &found, reason, reason_size);
}

static _Noreturn void run_child(const struct launch_options *options, char **environment,
				const struct launch_relay *relay, int report)
{
	int error;

	launch_relay_leave(relay);
	execvpe(options->argv[0], options->argv, environment);
	error = errno;
	/* For the parent. If it fails, nothing can be done here. */
	if (write(report, &error, sizeof(error)) < 0)
		_exit(EXIT_CANNOT_EXECUTE);
	_exit(error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE);
}

/* Starts PROGRAM. Returns its process id, or -1 with errno where exec or fork failed. */
static pid_t start_child(const struct launch_options *options, char **environment,
			 const struct launch_relay *relay, bool *exec_failed)
{
	int report[2], error;
	ssize_t got;
	pid_t child;

	*exec_failed = false;
	if (pipe2(report, O_CLOEXEC) < 0)
		return -1;
	child = fork();
	if (child == 0)
		run_child(options, environment, relay, report[1]);
	error = errno;
	close(report[1]);
	if (child < 0) {
		close(report[0]);
		errno = error;
		return -1;
	}
	/* exec closes the other end: EOF means that PROGRAM runs. */
	do {
		got = read(report[0], &error, sizeof(error));
	} while (got < 0 && errno == EINTR);
	close(report[0]);
	if (got != (ssize_t)sizeof(error))
		return child;
	waitpid(child, NULL, 0);
	*exec_failed = true;
	errno = error;
	return -1;
}

static void add_unrecorded(struct launch_outcome *outcome, const struct unrecorded *unrecorded)
{
	size_t i;

	for (i = 0; i < outcome->unrecorded_count; i++)
		if (outcome->unrecorded[i].pid == unrecorded->pid)
			return;
	*(struct unrecorded *)allocate_next(&outcome->unrecorded, outcome->unrecorded_count,
					    sizeof(*unrecorded)) = *unrecorded;
	outcome->unrecorded_count++;
}

/* EARLIER runs in its folder: NULL none. */
static uint64_t number_of_run(const struct run_record *earlier)
{
	return earlier ? earlier->runs + 1 : 1;
}

/*
 * Writes what is known of this run into FOLDER, by OPTIONS and OUTCOME, behind what EARLIER runs
 * (NULL none) left there. Returns 0 or an errno.
 */
static int write_record(const struct launch_options *options, const struct launch_outcome *outcome,
			const struct run_record *earlier, const char *folder)
{
	struct run_record record = {
		.unrecorded = outcome->unrecorded,
		.unrecorded_count = outcome->unrecorded_count,
		.has_options = options->judged_by != NULL,
		.no_connections = outcome->no_connections,
	};

	if (options->judged_by)
		record.options = *options->judged_by;
	return run_record_add(&record, earlier, folder);
}

/* Which processes left no recording, PROGRAM itself among them. */
static void find_unrecorded(struct launch_outcome *outcome, const struct process_watch *watch,
			    const struct family *family, pid_t child, uint64_t run)
{
	const struct unrecorded *removed;
	struct unrecorded program = { .pid = child,
				      .reason = "its recording could not be created" };
	size_t count, i;

	outcome->unrecorded = family_unrecorded(family, watch, &outcome->unrecorded_count);
	removed = process_watch_removed(watch, &count);
	for (i = 0; i < count; i++)
		add_unrecorded(outcome, &removed[i]);
	if (!process_watch_knows(watch, child))
		add_unrecorded(outcome, &program);
	for (i = 0; i < outcome->unrecorded_count; i++)
		outcome->unrecorded[i].run = run;
}

/*
 * Runs PROGRAM in ENVIRONMENT, with recordings in FOLDER, of which this is run number RUN, and
 * which MAKER (NULL: none) creates where it is asked; otherwise as launch_program().
 */
static int run_program(const struct launch_options *options, char **environment, const char *folder,
		       uint64_t run, struct recording_maker *maker, struct launch_outcome *outcome)
{
	struct launch_observe *observe = NULL;
	struct family *family = NULL;
	struct process_watch *watch;
	struct launch_relay relay;
	bool exec_failed;
	int status;
	pid_t child;

	if (options->wait_for_all && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0) {
		fprintf(stderr, "finleak: cannot wait for daemons: %s\n", strerror(errno));
		return EXIT_NOT_JUDGED;
	}
	watch = process_watch_begin(folder, find_library());
	if (!watch)
		fprintf(stderr,
			"finleak: cannot watch %s: %s: the end times of killed processes will be "
			"unknown\n",
			folder, strerror(errno));
	if (!launch_relay_begin(&relay)) {
		fprintf(stderr, "finleak: cannot wait for signals: %s\n", strerror(errno));
		process_watch_end(watch);
		return EXIT_NOT_JUDGED;
	}
	child = start_child(options, environment, &relay, &exec_failed);
	if (child < 0) {
		status = !exec_failed      ? EXIT_NOT_JUDGED
			 : errno == ENOENT ? EXIT_NOT_FOUND
					   : EXIT_CANNOT_EXECUTE;
		fprintf(stderr, "finleak: %s: cannot be %s: %s\n", options->argv[0],
			exec_failed ? "executed" : "started", strerror(errno));
	} else {
		outcome->started = true;
		if (maker)
			recording_maker_start(maker);
		family = family_new(child, folder, run, find_library());
		if (watch)
			observe = launch_observe_begin(watch, family, options->observe_ns);
		status = launch_relay_wait(&relay, child, options->wait_for_all, watch, observe);
		outcome->signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
		status = outcome->signal ? 128 + outcome->signal : WEXITSTATUS(status);
	}
	launch_observe_end(observe);
	if (child > 0) {
		await_heirs(folder);
		remove_unfinished(folder);
	}
	if (watch && family) {
		await_dying(watch);
		find_unrecorded(outcome, watch, family, child, run);
	}
	family_free(family);
	process_watch_end(watch);
	launch_relay_end(&relay);
	return status;
}

/* Does the recorder ask PROGRAM, whose ELF file is EXECUTABLE, where its code is? */
static bool asks_node(const struct launch_options *options, const char *executable)
{
	const char *name = path_base(executable), *given = getenv("NODE_OPTIONS");

	if (strcmp(name, "node") != 0 && strcmp(name, "nodejs") != 0)
		return false;
	return options->script_frames && !node_refuses(given ? given : "", options->argv);
}

/* Where recordings go, and what is not as in a run without finleak. */
static void print_opening(const struct launch_options *options, const struct preflight *found)
{
	if (options->say_recordings) {
		fputs("finleak: recordings go to ", stderr);
		utf8_print_escaped(stderr, options->recordings);
		fputc('\n', stderr);
	}
	if (asks_node(options, found->executable))
		fputs("finleak: node runs with " NODE_MAP " " NODE_STACK
		      " and loads finleak-node.js, so that its frames have names "
		      "(--script-frames=off prevents that)\n",
		      stderr);
}

int launch_program(const struct launch_options *options, struct launch_outcome *outcome)
{
	struct preflight found;
	char reason[PATH_MAX * 2], **environment, *folder;
	struct recording_maker *maker;
	struct run_record *earlier;
	uint64_t before, after;
	int status, failure;
	bool counted;

	*outcome = (struct launch_outcome){ 0 };
	status = check_start(options, &found, reason, sizeof(reason));
	if (status) {
		fprintf(stderr, "finleak: %s\n", reason);
		return status;
	}
	folder = recordings_folder_make(options->recordings, options->share_recordings);
	if (!folder)
		return EXIT_NOT_JUDGED;
	print_opening(options, &found);
	/* Without it, a process that changes its user or its root is not recorded. */
	maker = recording_maker_new(folder);
	environment = launch_environment(find_library(), found.sanitizer, folder,
					 recording_maker_address(maker), options->share_recordings,
					 options->script_frames);
	earlier = run_record_read(folder);
	/* At once, for reports on the running program. */
	write_record(options, outcome, earlier, folder);
	counted = kernel_connections_count(&before);
	status = run_program(options, environment, folder, number_of_run(earlier), maker, outcome);
	recording_maker_end(maker);
	outcome->no_connections =
		counted && outcome->started && kernel_connections_count(&after) && before == after;
	failure = write_record(options, outcome, earlier, folder);
	if (failure && failure != ENOENT)
		fprintf(stderr, "finleak: %s/" RUN_RECORD_NAME ": cannot be written: %s\n", folder,
			strerror(failure));
	run_record_free(earlier);
	launch_environment_free(environment);
	free(folder);
	return status;
}

void launch_outcome_clear(struct launch_outcome *outcome)
{
	free(outcome->unrecorded);
	outcome->unrecorded = NULL;
	outcome->unrecorded_count = 0;
}

void launch_end_by(int number)
{
	const struct rlimit no_core = { 0, 0 };
	sigset_t signals;

	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, 0); /* a core that goes to a pipe knows no limit */
	signal(number, SIG_DFL);
	sigemptyset(&signals);
	sigaddset(&signals, number);
	sigprocmask(SIG_UNBLOCK, &signals, NULL);
	raise(number);
}

void launch_explain_silence(const struct launch_options *options, char *reason,
			    unsigned long reason_size)
{
	const char *library = find_library();

	if (access(options->recordings, W_OK | X_OK) < 0)
		snprintf(reason, reason_size,
			 "%s left no recording: %s was removed or is not writable: %s",
			 options->argv[0], options->recordings, strerror(errno));
	else if (!library)
		snprintf(reason, reason_size, "%s left no recording: libfinleak.so was removed",
			 options->argv[0]);
	else
		snprintf(reason, reason_size,
			 "%s left no recording: the loader could not load %s (see its message), or "
			 "LD_PRELOAD was cleared, or the disk with %s is full",
			 options->argv[0], library, options->recordings);
}
