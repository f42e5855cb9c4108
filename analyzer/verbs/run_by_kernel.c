/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/run_by_kernel.h"

#include <stdio.h>

#ifdef FINLEAK_ATTACH

#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/attach/attach_launch.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/base/utf8.h"
#include "analyzer/launch/preflight.h"
#include "analyzer/launch/recordings_folder.h"
#include "analyzer/symbolize/elf_identity.h"

/* What the program in FOUND, or its interpreter, is. False: nobody knows. */
static bool identify(const struct preflight *found, struct elf_identity *identity)
{
	int fd = open(found->executable, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	bool known;

	if (fd < 0)
		return false;
	known = elf_identity_read(fd, identity);
	close(fd);
	return known;
}

bool run_by_kernel_wanted(const struct options *options, char *const *argv, char *why, size_t size)
{
	struct elf_identity identity;
	struct preflight found;
	char reason[PATH_MAX * 2];
	const char *what;

	why[0] = '\0';
	switch (options->recorder) {
	case RECORDER_KERNEL:
		return true;
	case RECORDER_PRELOAD:
		return false;
	case RECORDER_AUTO:
		break;
	}
	preflight_check(argv[0], &found, reason, sizeof(reason));
	if (!identify(&found, &identity) || identity.machine != EM_X86_64 ||
	    identity.elf_class != ELFCLASS64)
		return false;
	/* Go makes system calls of its own, which no preload sees. */
	what = identity.is_go ? "is written in Go" : found.obstacle;
	if (what)
		snprintf(why, size, "%s %s", found.executable, what);
	return what != NULL;
}

/* Which recorder it is, and why, and where recordings go. */
static void print_opening(const struct launch_options *launch, const char *why)
{
	fputs("finleak: recording from the kernel", stderr);
	if (why[0]) {
		fputs(": ", stderr);
		utf8_print_escaped(stderr, why);
	}
	if (launch->say_recordings) {
		fputs("; recordings go to ", stderr);
		utf8_print_escaped(stderr, launch->recordings);
	}
	fputc('\n', stderr);
}

bool run_by_kernel(const struct options *options, const struct launch_options *launch,
		   const char *why, struct launch_outcome *outcome, int *status, char *reason,
		   size_t size)
{
	struct attach_loop loop = { .observe_ns = options->observe_ns,
				    .min_held_ns = options->report.judge.min_held_ns };
	struct run_record record = { .has_options = true, .options = *launch->judged_by };
	struct attach_launched launched;
	struct run_record *earlier;
	char *folder;

	*outcome = (struct launch_outcome){ 0 };
	folder = recordings_folder_make(launch->recordings, launch->share_recordings);
	if (!folder) {
		*status = EXIT_NOT_JUDGED;
		return true;
	}
	loop.session = attach_session_begin(folder, reason, size);
	if (loop.session) {
		print_opening(launch, why);
		earlier = run_record_read(folder);
		run_record_add(&record, earlier, folder);
		run_record_free(earlier);
		*status = attach_launch(&loop, launch->argv, launch->wait_for_all, &launched);
		outcome->started = launched.started;
		outcome->signal = launched.signal;
		attach_session_end(loop.session);
	}
	free(folder);
	return loop.session != NULL;
}

#else

bool run_by_kernel_wanted(const struct options *options, char *const *argv, char *why, size_t size)
{
	(void)argv;
	(void)size;
	why[0] = '\0';
	return options->recorder == RECORDER_KERNEL;
}

bool run_by_kernel(const struct options *options, const struct launch_options *launch,
		   const char *why, struct launch_outcome *outcome, int *status, char *reason,
		   size_t size)
{
	(void)options;
	(void)launch;
	(void)why;
	(void)outcome;
	(void)status;
	snprintf(reason, size,
		 "this finleak was built without the recorder in the kernel: build it on x86_64 "
		 "with "
		 "libbpf, clang and bpftool installed");
	return false;
}

#endif
