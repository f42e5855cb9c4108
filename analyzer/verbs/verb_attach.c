/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/verbs.h"

#include <stdio.h>

#include "analyzer/base/exit_status.h"

#ifdef FINLEAK_ATTACH

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/attach/attach_loop.h"
#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/proc_stat.h"
#include "analyzer/base/progress.h"
#include "analyzer/base/utf8.h"
#include "analyzer/kernel_view/kernel_access.h"
#include "analyzer/kernel_view/kernel_process.h"
#include "analyzer/launch/recordings_folder.h"
#include "analyzer/options/option_values.h"
#include "analyzer/options/options.h"
#include "analyzer/options/parse_options.h"
#include "analyzer/options/stored_options.h"
#include "analyzer/options/usage_error.h"
#include "analyzer/recordings/process_end.h"
#include "analyzer/recordings/recording_names.h"
#include "analyzer/recordings/recordings.h"
#include "analyzer/report/report_build.h"
#include "analyzer/verbs/report_outputs.h"
#include "analyzer/verbs/watch_signals.h"

static void print_line(const char *text)
{
	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, text);
	fputc('\n', stderr);
}

/* What is recorded, in one line. */
static void announce(int pid, size_t children, const struct attached_before *before)
{
	struct proc_stat stat = { .command = "" };
	char others[64] = "", *line;

	proc_stat_read(&stat, pid);
	if (children)
		snprintf(others, sizeof(others), " and %zu child%s", children,
			 children == 1 ? "" : "ren");
	line = allocate_printed("recording %s (pid %d)%s: %zu socket%s open, %zu already in "
				"CLOSE_WAIT",
				stat.command, pid, others, before->open,
				before->open == 1 ? "" : "s", before->close_wait);
	print_line(line);
	free(line);
}

/* PID and, if it is not recorded yet, all that descends from it. */
static bool add_family(struct attach_session *session, int pid)
{
	struct attached_before all = { .open = 0 }, before;
	size_t count, children = 0, i;
	char reason[PATH_MAX], *recording;
	int *pids;

	recording = process_recording_path(pid);
	if (recording) {
		snprintf(reason, sizeof(reason),
			 "process %d is being recorded already: `finleak watch %d` shows it", pid,
			 pid);
		free(recording);
		print_line(reason);
		return false;
	}
	if (!attach_session_add(session, pid, &all, reason, sizeof(reason))) {
		print_line(reason);
		return false;
	}
	pids = kernel_process_pids(&count);
	for (i = 0; i < count; i++) {
		if (pids[i] == pid || attach_session_knows(session, pids[i]) ||
		    !kernel_process_descends_from(pids[i], pid) ||
		    !attach_session_add(session, pids[i], &before, reason, sizeof(reason)))
			continue;
		children++;
		all.open += before.open;
		all.close_wait += before.close_wait;
	}
	free(pids);
	announce(pid, children, &all);
	return true;
}

static int report_on(const struct options *options, char *folder, char **names, size_t name_count)
{
	struct recordings *recordings = recordings_read(&folder, 1, names, name_count);
	struct report *report;
	bool written;
	int status;

	report = report_build(recordings, &options->report);
	status = report_status(report, options);
	written = report_outputs_write(report, options, stdout);
	if (!report_outputs_update_baseline(report, options) || !written)
		status = EXIT_NOT_JUDGED;
	report_free(report);
	return status;
}

static bool add_all(struct attach_session *session, const struct options *options)
{
	size_t i;

	for (i = 0; i < options->argument_count; i++) {
		int pid = parse_pid(options->arguments[i]);

		if (!attach_session_knows(session, pid) && !add_family(session, pid))
			return false;
	}
	return true;
}

/* Takes the signals that have come, so that none ends finleak before it reports. */
static bool asked_to_end(int signals)
{
	struct signalfd_siginfo signal;
	bool end = false;

	while (read(signals, &signal, sizeof(signal)) == (ssize_t)sizeof(signal))
		end |= signal.ssi_signo != SIGWINCH;
	return end;
}

static int attach(const struct options *options, char *folder)
{
	struct run_record record = { .has_options = true, .options = stored_options_of(options) };
	struct run_record *earlier;
	char reason[PATH_MAX];
	struct attach_session *session;
	size_t name_count;
	char **names;
	struct attach_loop loop = { .observe_ns = options->observe_ns,
				    .min_held_ns = options->report.judge.min_held_ns };
	uint64_t until_ns;
	sigset_t before;
	int signals, status = EXIT_NOT_JUDGED;
	bool asked = false;

	session = attach_session_begin(folder, reason, sizeof(reason));
	if (!session) {
		print_line(reason);
		return EXIT_NOT_JUDGED;
	}
	names = recordings_names(folder, &name_count);
	signals = watch_signals_take(&before);
	if (add_all(session, options)) {
		earlier = run_record_read(folder);
		run_record_add(&record, earlier, folder);
		run_record_free(earlier);
		loop.session = session;
		until_ns = options->duration_ns ? clock_ns(CLOCK_MONOTONIC) + options->duration_ns
						: UINT64_MAX;
		while (!asked && attach_loop_run(&loop, until_ns, signals))
			asked = asked_to_end(signals);
		attach_loop_finish(&loop);
		status = 0;
	}
	attach_session_end(session);
	/* Ctrl-C may reach finleak after the program, which has ended by then. */
	if (!asked)
		asked_to_end(signals);
	watch_signals_release(signals, 0, &before);
	progress_allow();
	if (status == 0)
		status = report_on(options, folder, names, name_count);
	recordings_names_free(names, name_count);
	return status;
}

static ino_t mount_namespace(const char *path)
{
	struct stat status;

	return stat(path, &status) == 0 ? status.st_ino : 0;
}

/* The files of a process that has other mounts than finleak: they stay when it has ended. */
struct other_root {
	int mounts, directory; /* descriptors; -1 none */
	char *path;            /* NULL: the process has none */
};

static int open_of_process(int pid, const char *name, int flags)
{
	char *path = allocate_printed("/proc/%d/%s", pid, name);
	int fd = open(path, flags | O_CLOEXEC);

	free(path);
	return fd;
}

/* Those of the first of OPTIONS' processes that has. End with other_root_close(). */
static void other_root_open(struct other_root *root, const struct options *options)
{
	ino_t own = mount_namespace("/proc/self/ns/mnt"), its;
	size_t i;

	*root = (struct other_root){ .mounts = -1, .directory = -1 };
	for (i = 0; i < options->argument_count && !root->path; i++) {
		int pid = parse_pid(options->arguments[i]);
		char *path = allocate_printed("/proc/%d/ns/mnt", pid);

		its = mount_namespace(path);
		free(path);
		if (!own || !its || its == own)
			continue;
		/* What is mounted below the root goes with the last who holds the namespace. */
		root->mounts = open_of_process(pid, "ns/mnt", O_RDONLY);
		root->directory = open_of_process(pid, "root", O_PATH | O_DIRECTORY);
		/* Names are also looked up by processes that have none of these descriptors. */
		root->path = root->directory >= 0 ? allocate_printed("/proc/%d/fd/%d",
								     (int)getpid(), root->directory)
						  : allocate_printed("/proc/%d/root", pid);
	}
}

static void other_root_close(struct other_root *root)
{
	if (root->mounts >= 0)
		close(root->mounts);
	if (root->directory >= 0)
		close(root->directory);
	free(root->path);
}

int verb_attach(int argc, char **argv)
{
	struct options options;
	char *path, *folder = NULL;
	struct other_root root;
	int status = EXIT_NOT_JUDGED;
	size_t i;

	options_parse_attach(&options, argc, argv);
	if (!options.argument_count)
		usage_error("finleak attach", "missing PID");
	for (i = 0; i < options.argument_count; i++)
		if (!parse_pid(options.arguments[i]))
			usage_error("finleak attach", "'%s' is not a process ID",
				    options.arguments[i]);
	other_root_open(&root, &options);
	if (!options.report.symbols.sysroot)
		options.report.symbols.sysroot = root.path;
	path = options.recordings ? allocate_text(options.recordings)
				  : allocate_printed("./finleak.%d", (int)getpid());
	kernel_access_raise_descriptor_limit();
	if (report_outputs_check(&options))
		folder = recordings_folder_make(path, false);
	if (folder)
		status = attach(&options, folder);
	free(folder);
	free(path);
	other_root_close(&root);
	options_clear(&options);
	return status;
}

#else

int verb_attach(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	fputs("finleak: this finleak was built without `attach`: build it on x86_64 with libbpf, "
	      "clang and bpftool installed\n",
	      stderr);
	return EXIT_NOT_JUDGED;
}

#endif
