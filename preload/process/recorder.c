/* SPDX-License-Identifier: MIT */
/*
 * Start and end of the recorder in a program. Whatever fails here, the program runs on as if there
 * were no recorder: the gate stays closed and the wrappers only forward.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "preload/unwind/backtrace.h"
#include "preload/ledger/label.h"
#include "preload/ledger/ledger.h"
#include "preload/platform/checkers.h"
#include "preload/platform/libc_calls.h"
#include "preload/platform/loaded_object.h"
#include "preload/events/events.h"
#include "preload/process/node.h"
#include "preload/process/options.h"
#include "preload/process/own_identity.h"
#include "preload/process/process.h"
#include "preload/process/process_fork.h"
#include "preload/process/recordings_folder.h"
#include "preload/runtimes/runtimes.h"
#include "preload/platform/real_calls.h"
#include "preload/ledger/socket_table.h"
#include "preload/process/visit.h"

/* The value of NAME, which ends with '='; NULL: there is none. */
static const char *value_of(const char *name, char *const *environment)
{
	size_t length = strlen(name), i;

	for (i = 0; environment && environment[i]; i++)
		if (strncmp(environment[i], name, length) == 0)
			return environment[i] + length;
	return NULL;
}

/* Defined by finleak alone: a report that a test asks for is none of the test's processes. */
extern const char finleak_program[] __attribute__((weak));

/* As pthread_atfork(), which calls it but would not be weak: see libc_calls.c. */
extern int __register_atfork(void (*before)(void), void (*in_parent)(void), void (*in_child)(void),
			     void *library) __attribute__((weak));
extern void *__dso_handle __attribute__((visibility("hidden")));

static void start(int argc, char **argv, char **environment)
{
	struct ledger *ledger;
	const char *label;
	bool map;

	if (finleak_program)
		return;
	loaded_object_start();
	options_read(value_of("FINLEAK_OPTIONS=", environment));
	process_identify(argc, argv);
	if (!recordings_folder_prepare())
		return;
	ledger = process_start_recording();
	if (!ledger)
		return;
	if (!backtrace_start())
		ledger->header->blind |= BLIND_NO_UNWINDER;
	runtimes_start(process_executable());
	label = value_of("FINLEAK_LABEL=", environment);
	if (label)
		label_set(ledger, label);
	if (ledger->header->options & OPTION_LIBURING)
		socket_note_ring(ledger);
	if (__register_atfork(process_before_fork, process_after_fork_in_parent,
			      process_after_fork_in_child, __dso_handle) != 0)
		return;
	if (!visit_open_gate(ledger, process_start_child_recording))
		return;
	note_inherited_by_exec();
	if (options.script_frames && node_ask(argv, value_of("NODE_OPTIONS=", environment), &map) &&
	    map)
		ledger->header->options |= OPTION_CODE_MAP;
}

__attribute__((constructor)) static void recorder_starts(int argc, char **argv, char **environment)
{
	int saved = errno;

	real_calls_resolve();
	checkers_start();
	if (libc_is_known())
		start(argc, argv, environment);
	errno = saved;
}

/* exit() and the return from main end here; later closes of other destructors are still noted. */
__attribute__((destructor)) static void recorder_ends(void)
{
	process_before_exit();
}
