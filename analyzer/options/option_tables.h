/* SPDX-License-Identifier: MIT */
/* The options of each verb, as argp takes them. */
#ifndef FINLEAK_OPTION_TABLES_H
#define FINLEAK_OPTION_TABLES_H

#include <argp.h>

/* Keys of options without a letter. */
enum option_key {
	KEY_MIN_HELD = 0x100,
	KEY_STRICT,
	KEY_LATE,
	KEY_IDLE,
	KEY_SYSROOT,
	KEY_DEBUG_DIR,
	KEY_SOURCE_PREFIX,
	KEY_OWN,
	KEY_FOREIGN,
	KEY_WAIT,
	KEY_SHARE_RECORDINGS,
	KEY_OBSERVE,
	KEY_SCRIPT_FRAMES,
	KEY_FULL_STACKS,
	KEY_TOP,
	KEY_CLASS,
	KEY_SINCE,
	KEY_SOCKETS,
	KEY_STACKS,
	KEY_ALL,
	KEY_EXPLAIN,
	KEY_COLOR,
	KEY_INTERVAL,
	KEY_SETTINGS,
	KEY_NO_SETTINGS,
	KEY_SHOW_OPTIONS,
	KEY_BASELINE,
	KEY_UPDATE_BASELINE,
	KEY_SUPPRESSIONS,
	KEY_GEN_SUPPRESSIONS,
	KEY_TEXTFILE,
	KEY_DURATION,
	KEY_RECORDER,
};

extern const struct argp_option run_options[];
extern const struct argp_option attach_options[];
extern const struct argp_option report_options[];
extern const struct argp_option watch_options[];
extern const struct argp_option scan_options[];
extern const struct argp_option diff_options[];
extern const struct argp_option pack_options[];

#endif
