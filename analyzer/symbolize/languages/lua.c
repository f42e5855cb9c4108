/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>

static const char *const files[] = { "lua", "luajit", "liblua5", "libluajit-5", NULL };
static const char *const functions[] = { "lua_", "luaL_", "luaV_", "luaD_", "lj_", NULL };

/* Its frames are not taken: this is what its machine is called. */
const struct language language_lua = {
	.name = "lua",
	.spelled = "Lua",
	.machine = "the Lua interpreter",
	.invisible = "nothing names the line of a script. The connection's port and peer lead "
		     "to it.",
	.files = files,
	.functions = functions,
	.closing = { "close()", "close() on the socket", "returns nil and \"closed\"" },
};
