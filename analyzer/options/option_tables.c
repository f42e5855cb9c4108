/* SPDX-License-Identifier: MIT */
#include "analyzer/options/option_tables.h"

/* clang-format would give each word of these a line of its own. */
/* clang-format off */

#define FORMATS \
	"text (default), json, html, sarif, junit, github, markdown, folded, speedscope, pprof or " \
	"openmetrics; may be given several times, each with its own -o"

/* What comes with every report: of recordings, and of the kernel alone. */
#define OUTPUT_OPTIONS \
	{ "output", 'o', "FILE", 0, "write the report to FILE", 0 }, \
	{ "format", 'f', "FORMAT", 0, FORMATS, 0 }, \
	{ "top", KEY_TOP, "N", 0, "show only the first N findings in full", 0 }, \
	{ "all", KEY_ALL, NULL, 0, \
	  "also show notes, and leaks that are suppressed or in the baseline", 0 }, \
	{ "explain", KEY_EXPLAIN, NULL, 0, "show the rule and the facts behind each verdict", 0 }

#define GATE_OPTIONS \
	{ "error-exitcode", 'e', "N", 0, "exit with N when there are leaks (default 0)", 0 }, \
	{ "baseline", KEY_BASELINE, "FILE", 0, \
	  "count only leaks that are not in FILE, a JSON report", 0 }, \
	{ "update-baseline", KEY_UPDATE_BASELINE, NULL, 0, \
	  "write the leaks of this report to the baseline file", 0 }, \
	{ "suppressions", KEY_SUPPRESSIONS, "FILE", 0, \
	  "suppress the leaks that FILE lists; may be given several times", 0 }, \
	{ "gen-suppressions", KEY_GEN_SUPPRESSIONS, NULL, 0, \
	  "print, below each finding, a line that suppresses it", 0 }, \
	{ "idle", KEY_IDLE, "DURATION", 0, \
	  "an idle connection in a pool whose peer closed less than this ago is a note, not a " \
	  "leak; so is a reset that the program has not noticed (default 3s)", 0 }

/* Where code has its names from. */
#define NAMING_OPTIONS \
	{ "sysroot", KEY_SYSROOT, "DIR", 0, "look up the recorded modules below DIR first", 0 }, \
	{ "debug-dir", KEY_DEBUG_DIR, "DIR", 0, "also search DIR for separate debug files", 0 }, \
	{ "source-prefix", KEY_SOURCE_PREFIX, "OLD=NEW", 0, \
	  "source files below OLD are below NEW on this machine", 0 }

#define SETTINGS_OPTIONS \
	{ "settings", KEY_SETTINGS, "FILE", 0, \
	  "read options from FILE (default: the nearest finleak.toml in the working folder or " \
	  "above it)", 0 }, \
	{ "no-settings", KEY_NO_SETTINGS, NULL, 0, "read options from no file", 0 }, \
	{ "show-options", KEY_SHOW_OPTIONS, NULL, 0, \
	  "print the options in effect and where each comes from", 0 }

#define COLOR_OPTION { "color", KEY_COLOR, "WHEN", 0, "auto (default), always or never", 0 }

#define REPORT_OPTIONS \
	OUTPUT_OPTIONS, GATE_OPTIONS, NAMING_OPTIONS, SETTINGS_OPTIONS, COLOR_OPTION, \
	{ "class", KEY_CLASS, "CLASS", 0, \
	  "report only on leaks of CLASS; may be given several times", 0 }, \
	{ "min-held", KEY_MIN_HELD, "DURATION", 0, \
	  "an EOF read less than this before the process ended is a note, not a leak " \
	  "(default 100ms)", 0 }, \
	{ "strict", KEY_STRICT, NULL, 0, \
	  "count every finished socket that is still open when the program exits on its own, even " \
	  "one held for less than --min-held; -e without --min-held implies this", 0 }, \
	{ "late", KEY_LATE, "DURATION", 0, \
	  "warn of sockets that were closed, but later than this after EOF or an unread FIN " \
	  "(default 10s)", 0 }, \
	{ "own", KEY_OWN, "GLOB", 0, \
	  "modules and sources that are the program's own code (default: the executable and " \
	  "everything outside the system's library folders)", 0 }, \
	{ "foreign", KEY_FOREIGN, "GLOB", 0, \
	  "modules and sources that are not the program's own code, such as vendored libraries", 0 }, \
	{ "full-stacks", KEY_FULL_STACKS, NULL, 0, "show every frame and every stack; fold and join nothing", 0 }, \
	{ "sockets", KEY_SOCKETS, NULL, 0, \
	  "list each socket: descriptor, addresses, state, when it was opened", 0 }

/* clang-format on */

const struct argp_option run_options[] = {
	REPORT_OPTIONS,
	{ "recordings", 'd', "DIR", 0, "where recordings go (default ./finleak.PID)", 1 },
	{ "recorder", KEY_RECORDER, "WHICH", 0,
	  "preload: libfinleak.so; kernel: as finleak attach does; auto (default): "
	  "preload, but kernel for programs that can't preload it (static, Go), if "
	  "permitted",
	  1 },
	{ "wait", KEY_WAIT, NULL, 0,
	  "wait for every process that PROGRAM left running before reporting", 1 },
	{ "share-recordings", KEY_SHARE_RECORDINGS, NULL, 0,
	  "let processes that have switched to another user add recordings (makes "
	  "the folder 1777)",
	  1 },
	{ "script-frames", KEY_SCRIPT_FRAMES, "WHEN", 0,
	  "on (default): use NODE_OPTIONS to have node write a map of its code and "
	  "load finleak-node.js, so that JavaScript frames have names; off: don't",
	  1 },
	{ "observe", KEY_OBSERVE, "DURATION", 0,
	  "how often to sample the kernel's view of the sockets (default 1s; 0: never)", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

const struct argp_option attach_options[] = {
	REPORT_OPTIONS,
	{ "recordings", 'd', "DIR", 0, "where recordings go (default ./finleak.PID)", 1 },
	{ "duration", KEY_DURATION, "DURATION", 0,
	  "stop recording after this long (default: at Ctrl-C, or when the "
	  "processes have ended)",
	  1 },
	{ "observe", KEY_OBSERVE, "DURATION", 0,
	  "how often to sample the kernel's view of the sockets (default 1s)", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

const struct argp_option report_options[] = {
	REPORT_OPTIONS,
	{ "recordings", 'd', "DIR", 0, "report on the recordings in DIR", 1 },
	{ "since", KEY_SINCE, "TIME", 0,
	  "report only on sockets opened or finished at TIME or later: "
	  "nanoseconds of CLOCK_MONOTONIC, such as a checkpoint of finleak.h",
	  1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

const struct argp_option watch_options[] = {
	REPORT_OPTIONS,
	{ "interval", KEY_INTERVAL, "DURATION", 0,
	  "how often to sample (default 1s); less often if that would take more than about 5 % of "
	  "a core",
	  1 },
	{ "textfile", KEY_TEXTFILE, "FILE", 0,
	  "keep FILE current for the textfile collector of node_exporter", 1 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

const struct argp_option scan_options[] = {
	OUTPUT_OPTIONS,
	GATE_OPTIONS,
	NAMING_OPTIONS,
	SETTINGS_OPTIONS,
	COLOR_OPTION,
	{ "min-held", KEY_MIN_HELD, "DURATION", 0,
	  "report only what has been stuck for this long, the time between two samples (default "
	  "100ms)",
	  0 },
	{ "sockets", KEY_SOCKETS, NULL, 0, "list each socket: descriptor, addresses, state", 0 },
	{ "stacks", KEY_STACKS, NULL, 0,
	  "show what the threads of processes with stuck sockets do now, and where", 0 },
	{ "full-stacks", KEY_FULL_STACKS, NULL, 0, "show every frame; fold nothing", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

const struct argp_option diff_options[] = {
	NAMING_OPTIONS,
	SETTINGS_OPTIONS,
	COLOR_OPTION,
	{ "output", 'o', "FILE", 0, "write the comparison to FILE", 0 },
	{ "format", 'f', "FORMAT", 0, "text (default) or json", 0 },
	{ "error-exitcode", 'e', "N", 0, "exit with N when a leak is new or has grown (default 0)",
	  0 },
	{ "suppressions", KEY_SUPPRESSIONS, "FILE", 0,
	  "suppress the leaks that FILE lists, in reports made from recordings; may be given "
	  "several times",
	  0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};

const struct argp_option pack_options[] = {
	NAMING_OPTIONS,
	SETTINGS_OPTIONS,
	{ "output", 'o', "FILE", 0, "write the pack to FILE (default: DIR.tar.zst, here)", 0 },
	{ NULL, 0, NULL, 0, NULL, 0 },
};
