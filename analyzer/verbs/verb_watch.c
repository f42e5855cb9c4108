/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/verbs.h"

#include <errno.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/kernel_view/kernel_access.h"
#include "analyzer/options/options.h"
#include "analyzer/options/option_values.h"
#include "analyzer/options/parse_options.h"
#include "analyzer/options/stored_options.h"
#include "analyzer/verbs/report_outputs.h"
#include "analyzer/verbs/watch_outputs.h"
#include "analyzer/verbs/watch_signals.h"
#include "analyzer/options/usage_error.h"
#include "analyzer/watch/watch_complaints.h"
#include "analyzer/watch/watch_lines.h"
#include "analyzer/watch/watch_model.h"
#include "analyzer/watch/watch_pace.h"
#include "analyzer/watch/watch_screen.h"

struct watch {
	const struct options *options;
	struct watch_subject *subject;
	struct watch_model model;
	struct watch_screen *screen; /* NULL: plain lines */
	char *complaint;             /* what went wrong in the last sample; NULL nothing */
	uint64_t interval_ns;
	uint64_t begun_ns; /* CPU time at the beginning of the sample */
	struct watch_pace pace;
	int signals;
	int signal; /* the one that ends the watch; 0 none */
	bool frozen;
	bool quit;
	bool end_seen; /* of the process: its descriptor stays readable */
};

static struct watch_state state_of(struct watch *watch)
{
	return (struct watch_state){
		.subject = watch->subject,
		.model = &watch->model,
		.interval_ms = ns_to_ms(watch->interval_ns),
		.frozen = watch->frozen,
		.warning = watch->complaint ? watch->complaint : "",
	};
}

static void show(struct watch *watch)
{
	struct watch_state state = state_of(watch);

	if (watch->screen)
		watch_screen_show(watch->screen, &state);
}

/* Sampling the kernel has its own pace: its cost does not count here. */
static void set_pace(struct watch *watch)
{
	uint64_t cost_ns =
		watch_pace_clock() - watch->begun_ns - watch_subject_observing_ns(watch->subject);
	uint64_t least_ns = watch_pace_next(&watch->pace, cost_ns);

	watch->interval_ns = watch->options->interval_ns;
	if (least_ns > watch->interval_ns)
		watch->interval_ns = least_ns;
}

/* Returns false if there was nothing to report on. */
static bool take_sample(struct watch *watch)
{
	struct report *report = watch_subject_sample(watch->subject);

	if (report) {
		watch_model_take(&watch->model, report, ns_to_ms(clock_ns(CLOCK_MONOTONIC)));
		if (watch->options->textfile)
			watch_outputs_textfile(report, watch->options->textfile);
	}
	set_pace(watch);
	return report != NULL;
}

/* Prints what is wrong with single recordings, unless it was printed for the last sample. */
static void report_complaint(struct watch *watch, char *complaint)
{
	if (!watch->screen && (!watch->complaint || strcmp(complaint, watch->complaint) != 0))
		fputs(complaint, stderr);
	free(watch->complaint);
	watch->complaint = complaint;
}

static void write_report(struct watch *watch)
{
	const struct report_output *first = &watch->options->outputs[0];
	char *name = watch_outputs_name(first->format), *message;
	bool written;

	watch_complaints_catch();
	written = watch_outputs_write(watch->model.report, watch->options, name);
	message = watch_complaints_release();
	if (written) {
		free(message);
		message =
			allocate_printed("report written to %s%s", first->path ? first->path : name,
					 watch->options->output_count > 1 ? " and the others" : "");
	}
	watch_screen_say(watch->screen, message);
	free(message);
	free(name);
}

static void take_keys(struct watch *watch)
{
	struct watch_state state = state_of(watch);
	enum watch_wish wish;

	while ((wish = watch_screen_key(watch->screen, &state)) != WISH_NONE) {
		if (wish == WISH_FREEZE)
			watch->frozen = !watch->frozen;
		else if (wish == WISH_WRITE)
			write_report(watch);
		else if (wish == WISH_QUIT)
			watch->quit = true;
	}
	show(watch);
}

static void take_signal(struct watch *watch)
{
	struct signalfd_siginfo info;

	if (read(watch->signals, &info, sizeof(info)) != sizeof(info))
		return;
	if (info.ssi_signo == SIGWINCH) {
		if (watch->screen)
			watch_screen_resize();
		show(watch);
		return;
	}
	watch->signal = (int)info.ssi_signo;
	watch->quit = true;
}

/* Waits until DEADLINE_NS or the end of the process; while the screen is frozen, indefinitely. */
static void wait_until(struct watch *watch, uint64_t deadline_ns)
{
	struct pollfd waits[] = {
		{ .fd = watch->signals, .events = POLLIN },
		{ .fd = watch->screen ? STDIN_FILENO : -1, .events = POLLIN },
		{ .fd = watch->end_seen ? -1 : watch_subject_end(watch->subject),
		  .events = POLLIN },
	};

	while (!watch->quit) {
		uint64_t now_ns = clock_ns(CLOCK_MONOTONIC);
		struct timespec left = { 0, 0 };

		if (!watch->frozen && now_ns >= deadline_ns)
			return;
		if (!watch->frozen) {
			left.tv_sec = (time_t)((deadline_ns - now_ns) / NS_PER_S);
			left.tv_nsec = (long)((deadline_ns - now_ns) % NS_PER_S);
		}
		/* ncurses' handler of SIGTSTP, which stops us, may have interrupted it. */
		if (ppoll(waits, 3, watch->frozen ? NULL : &left, NULL) < 0)
			continue;
		if (waits[0].revents)
			take_signal(watch);
		if (waits[1].revents & (POLLHUP | POLLERR | POLLNVAL))
			watch->quit = true;
		else if (waits[1].revents)
			take_keys(watch);
		if (waits[2].revents) {
			watch->end_seen = true;
			waits[2].fd = -1;
			if (!watch->frozen)
				return;
		}
	}
}

/* Begins a sample and waits until it can be completed. */
static void begin_sample(struct watch *watch)
{
	uint64_t apart_ns;

	watch->begun_ns = watch_pace_clock();
	/* Whatever is wrong now is reported again at the end of the sample. */
	watch_complaints_catch();
	apart_ns = watch_subject_begin_sample(watch->subject);
	free(watch_complaints_release());
	wait_until(watch, clock_ns(CLOCK_MONOTONIC) + apart_ns);
}

static bool print_failed(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return false;
	fprintf(stderr, "finleak: cannot write to standard output: %s\n", strerror(errno));
	return true;
}

static void print_sample(struct watch *watch, bool any)
{
	if (any)
		watch_lines_sample(stdout, &watch->model, false);
	if (watch_subject_ended(watch->subject))
		watch_lines_end(stdout, watch->subject, &watch->model);
}

/* Returns false if lines could not be written. */
static bool watch_on(struct watch *watch)
{
	while (!watch->quit && (watch->screen || !watch_subject_ended(watch->subject))) {
		bool any;

		wait_until(watch, clock_ns(CLOCK_MONOTONIC) + watch->interval_ns);
		begin_sample(watch);
		if (watch->quit)
			break;
		watch_complaints_catch();
		any = take_sample(watch);
		report_complaint(watch, watch_complaints_release());
		if (watch->screen)
			show(watch);
		else
			print_sample(watch, any);
		if (!watch->screen && print_failed())
			return false;
	}
	return true;
}

static bool is_for_a_screen(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

/* After the first sample. Returns false if finleak itself failed. */
static bool show_and_watch_on(struct watch *watch)
{
	if (is_for_a_screen())
		watch->screen = watch_screen_begin(watch->options->color);
	if (watch->screen) {
		show(watch);
		return watch_on(watch);
	}
	watch_lines_begin(stdout, watch->subject, ns_to_ms(watch->interval_ns));
	watch_lines_sample(stdout, &watch->model, true);
	if (watch_subject_ended(watch->subject))
		watch_lines_end(stdout, watch->subject, &watch->model);
	return !print_failed() && watch_on(watch) &&
	       watch_outputs_write(watch->model.report, watch->options, NULL);
}

static int watch_to_the_end(struct watch *watch)
{
	int status = EXIT_NOT_JUDGED;
	sigset_t before;

	/* May take long. Until there is a screen, Ctrl-C ends finleak at once. */
	begin_sample(watch);
	if (!take_sample(watch))
		return status;
	watch->signals = watch_signals_take(&before);
	if (show_and_watch_on(watch) &&
	    report_outputs_update_baseline(watch->model.report, watch->options))
		status = report_status(watch->model.report, watch->options);
	watch_screen_end(watch->screen);
	watch_signals_release(watch->signals, watch->signal, &before);
	return status;
}

/* What the run that writes into FOLDER judges by. */
static void take_stored(struct options *options, const char *folder)
{
	struct run_record *record = run_record_read(folder);

	if (record && record->has_options)
		stored_options_take(options, &record->options);
	run_record_free(record);
}

int verb_watch(int argc, char **argv)
{
	struct watch watch = { .signals = -1 };
	struct options options;
	int status = EXIT_NOT_JUDGED;

	setlocale(LC_CTYPE, "");
	options_parse_watch(&options, argc, argv);
	if (options.argument_count != 1)
		usage_error("finleak watch", options.argument_count ? "expected one PID or DIR"
								    : "missing PID or DIR");
	if (!report_outputs_check(&options) ||
	    (options.textfile && !watch_outputs_check_textfile(options.textfile))) {
		options_clear(&options);
		return EXIT_NOT_JUDGED;
	}
	kernel_access_raise_descriptor_limit();
	if (!parse_pid(options.arguments[0]))
		take_stored(&options, options.arguments[0]);
	watch.options = &options;
	watch.interval_ns = options.interval_ns;
	watch.subject = watch_subject_open(options.arguments[0], &options.report);
	if (watch.subject)
		status = watch_to_the_end(&watch);
	watch_model_clear(&watch.model);
	watch_subject_close(watch.subject);
	free(watch.complaint);
	options_clear(&options);
	return status;
}
