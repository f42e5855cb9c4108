/* SPDX-License-Identifier: MIT */
/* What the command line of a verb asks for. */
#ifndef FINLEAK_OPTIONS_H
#define FINLEAK_OPTIONS_H

#include "analyzer/render/formats.h"
#include "analyzer/report/report.h"
#include "analyzer/settings/settings_file.h"

enum color_choice {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

/* --recorder */
enum recorder_choice {
	RECORDER_AUTO, /* in the process, or in the kernel where that is impossible */
	RECORDER_PRELOAD,
	RECORDER_KERNEL,
};

/* One -f with its -o. */
struct report_output {
	const struct format *format;
	const char *path; /* NULL: the verb's default stream */
};

/* Where the value of an option comes from. */
struct option_source {
	int key; /* of the option */
	const char *argument;
	const char *file; /* NULL: the command line */
	unsigned int line;
};

struct options {
	struct report_output *outputs; /* at least one */
	size_t output_count;
	const char *recordings; /* -d; NULL default */
	int error_exitcode;     /* -e; 0: leaks don't change the exit status */
	enum color_choice color;
	uint64_t interval_ns; /* watch: between samples */
	uint64_t duration_ns; /* attach: how long to record; 0: until it is ended */
	const char *textfile; /* watch: gets each sample as OpenMetrics; NULL none */
	bool wait_for_all;
	enum recorder_choice recorder; /* run */
	bool share_recordings;
	bool no_script_frames; /* --script-frames=off: node runs without options of ours */
	uint64_t observe_ns;   /* --observe: between samples of run; 0: none are taken */
	struct report_options report;
	const char *baseline_path; /* --baseline; NULL: none */
	struct baseline baseline;
	bool update_baseline;
	char **arguments; /* what follows the options, NULL-terminated: into argv */
	size_t argument_count;

	/* Which of those that decide verdicts were given; see stored_options.h. */
	bool min_held_is_given, strict_is_given, late_is_given, idle_is_given;

	struct settings_file settings;
	struct option_source *sources; /* in the order in which options were given */
	size_t source_count;
	bool show_options; /* --show-options */

	struct imported_names *imported; /* that came in packs; NULL: none did */

	/* Private. */
	char **setting_arguments; /* what others refer to */
	size_t setting_argument_count;
	bool format_is_open; /* the last -f has no -o yet */
	const char *pending_output;
	const char **own;
	size_t own_count;
	const char **foreign;
	size_t foreign_count;
	const char **source_prefixes;
	size_t source_prefix_count;
	const char **suppressions;
	size_t suppression_count;
};

#endif
