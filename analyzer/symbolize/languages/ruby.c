/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>
#include <string.h>

/*
 * Gems, and the library wherever Ruby is: /usr/lib/ruby, a version manager's folder; and what eval
 * made of text without a name, as libraries make methods.
 */
static bool is_library(const char *path)
{
	return strncmp(path, "(eval", 5) == 0 || strncmp(path, "<internal:", 10) == 0 ||
	       strstr(path, "/gems/") || strstr(path, "/lib/ruby/") ||
	       strstr(path, "/share/rubygems-integration/") ||
	       strncmp(path, "/usr/share/ruby/", 16) == 0;
}

static const char *const files[] = { "ruby", "libruby", NULL };
static const char *const extensions[] = { "-gnu/ruby/3.", "/lib/ruby/3.", NULL };
static const char *const functions[] = { "rb_", "ruby_", "vm_", "rsock_", NULL };

static const char *const tears_down[] = { "ruby_cleanup", "ruby_finalize", NULL };
static const char *const runs[] = { "ruby_run_node", NULL };

static const struct dispatching dispatching[] = {
	{ "run", "/eventmachine.rb" },
	{ "run", "/async/reactor.rb" },
	{ "run", "/async/scheduler.rb" },
	{ "start", "/webrick/server.rb" },
	{ NULL, NULL },
};

static const struct script_library reading[] = {
	{
		.part = "/rubyeventmachine.so",
		.library = { "EventMachine", "close_connection",
			     "close_connection (or resume) on the connection",
			     "its peer has closed",
			     .by_itself = "EventMachine does so itself, unless the connection is "
					  "paused, or watched only" },
	},
	{
		.part = "/net/http.rb",
		.library = { "Net::HTTP", "finish",
			     "finish on the connection in an ensure clause (or start it with a "
			     "block)",
			     "a request raises EOFError", .opens = true },
	},
	{
		.part = "/redis/",
		.library = { "redis-rb", "close", "close on the client",
			     "a command raises an error", .opens = true },
	},
	{ .part = NULL },
};

const struct language language_ruby = {
	.name = "ruby",
	.spelled = "Ruby",
	.machine = "the Ruby interpreter",
	.is_recorded = true,
	.invisible = "finleak reads those of Ruby 2.7 to 3.4 (MRI). Run the program with one "
"of these.",
	.files = files,
	.extensions = extensions,
	.functions = functions,
	.is_library = is_library,
	.dispatching = dispatching,
	.reading = reading,
	.machine_functions = {
		[MACHINE_TEARS_DOWN] = tears_down,
		[MACHINE_RUNS] = runs,
	},
	.closing = { "close", "close on the socket in an ensure clause (or open it with a block)",
		     "returns nil or raises EOFError" },
	.stack_command = "rbspy snapshot --pid PID",
};
