/* SPDX-License-Identifier: MIT */
/* The command line of each verb, by argp. */
#ifndef FINLEAK_OPTIONS_H
#define FINLEAK_OPTIONS_H

#include "analyzer/report/report.h"

#define EXIT_COULD_NOT_LOOK 125

enum report_format {
	FORMAT_TEXT,
	FORMAT_JSON,
};

enum color_choice {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* One -f with its -o. */
struct report_output {
	enum report_format format;
	const char *path; /* NULL: the verb's default stream */
};

struct options {
	struct report_output *outputs; /* at least one */
	size_t output_count;
	const char *recordings; /* -d; NULL default */
	int error_exitcode;     /* -e; 0: leaks don't change the status */
	enum color_choice color;
	uint64_t interval_ns; /* watch: from one look to the next */
	bool wait_for_all;
	bool share_recordings;
	uint64_t observe_ns; /* --observe: how often run asks the kernel; 0 never */
	struct report_options report;
	char **arguments; /* what follows the options, NULL-terminated: into argv */
	size_t argument_count;

	/* Private. */
	bool format_is_open; /* the last -f has no -o yet */
	const char *pending_output;
	const char **own;
	size_t own_count;
	const char **source_prefixes;
	size_t source_prefix_count;
};

/*
 * Parse the arguments of a verb (argv[0] is the verb). On an error, --help, --version or --usage
 * they end the program: with 125 or 0. End with options_clear.
 */
void options_parse_run(struct options *options, int argc, char **argv);
void options_parse_report(struct options *options, int argc, char **argv);
void options_parse_watch(struct options *options, int argc, char **argv);
void options_parse_scan(struct options *options, int argc, char **argv);
void options_clear(struct options *options);

/* "100ms", "10s", "2m", "1h", "500us", "0.5" (seconds) -> ns. Returns false where it is none. */
bool parse_duration(const char *text, uint64_t *ns);

/* A process id; 0 where TEXT is none. */
int parse_pid(const char *text);

#endif
