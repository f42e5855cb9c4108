/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>

static const char *const files[] = { "beam", NULL };
static const char *const functions[] = {
	"erts_", "sys_", "process_main", "beam_", "enif_", "driver_", NULL,
};

/* Its frames are not taken: this is what its machine is called. */
const struct language language_erlang = {
	.name = "erlang",
	.spelled = "Erlang",
	.machine = "the Erlang virtual machine",
	.invisible = "its processes make no calls on sockets themselves. inet:i() in its shell "
		     "lists each socket with the process that owns it.",
	.files = files,
	.functions = functions,
	.closing = { "gen_tcp:close/1", "gen_tcp:close/1 on the socket",
		     "returns {error, closed}" },
};
