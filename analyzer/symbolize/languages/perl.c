/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>
#include <string.h>

/*
 * @INC as perl, distributions, perlbrew and local::lib have it, a folder of lib for one machine
 * (lib/x86_64-linux-gnu/perl5/) among them; and what eval made of text: libraries make methods so,
 * and whose text it was shows in the caller.
 */
static bool is_library(const char *path)
{
	static const char *const starts[] = { "(eval ", "/usr/share/perl", "/etc/perl/",
					      "/usr/local/share/perl" };
	static const char *const parts[] = { "/lib/perl/",  "/lib/perl5/",  "/lib64/perl5/",
					     "-gnu/perl/",  "-gnu/perl5/",  "/perl-base/",
					     "/site_perl/", "/vendor_perl/" };
	size_t i;

	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (strncmp(path, starts[i], strlen(starts[i])) == 0)
			return true;
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strstr(path, parts[i]))
			return true;
	return false;
}

static const char *const files[] = { "perl", "libperl", NULL };
static const char *const extensions[] = { "/perl-base/auto/", "-gnu/perl/5.", NULL };
static const char *const functions[] = { "Perl_", "PerlIO", "perl_", "S_", "XS_", NULL };

static const char *const tears_down[] = { "perl_destruct", NULL };

static const struct dispatching dispatching[] = {
	{ "one_event", "/AnyEvent/" },    { "_wait", "/AnyEvent/" },
	{ "_poll", "/AnyEvent/" },        { "recv", "/AnyEvent.pm" },
	{ "one_tick", "/Mojo/Reactor/" }, { "start", "/Mojo/Reactor/" },
	{ "loop_once", "/IO/Async/" },    { "loop_forever", "/IO/Async/" },
	{ "run", "/IO/Async/" },          { "run", "/POE/Kernel.pm" },
	{ "loop", "/Event.pm" },          { NULL, NULL },
};

static const struct script_library reading[] = {
	{
		.part = "/AnyEvent/Handle.pm",
		.library = { "AnyEvent::Handle", "destroy()", "destroy() on the handle",
			     .ends = "on_eof or on_error is called" },
	},
	{
		.part = "/Mojo/UserAgent.pm",
		.library = { "Mojo::UserAgent", "undef",
			     "undef on the user agent (or set max_connections to 0)",
			     "a request fails", .opens = true },
	},
	{
		.part = "/Mojo/IOLoop/",
		.library = { "Mojo::IOLoop", "close()", "close() on the stream",
			     .ends = "it emits 'close'" },
	},
	{
		.part = "/perl5/Redis.pm",
		.library = { "Redis.pm", "quit", "quit on the client", "a command dies",
			     .opens = true },
	},
	{
		.part = "/LWP/",
		.library = { "LWP", "drop()",
			     "drop() on the user agent's conn_cache (or don't set keep_alive)",
			     "a request fails", .opens = true },
	},
	{
		.part = "/HTTP/Tiny.pm",
		.library = { "HTTP::Tiny", "undef",
			     "undef on the HTTP::Tiny object (or set keep_alive to 0)",
			     "a request fails", .opens = true },
	},
	{ .part = NULL },
};

const struct language language_perl = {
	.name = "perl",
	.spelled = "Perl",
	.machine = "the Perl interpreter",
	.is_recorded = true,
	.invisible = "finleak reads those of perl 5.36 with threads. The connection's port "
		     "and peer lead to the script.",
	.files = files,
	.extensions = extensions,
	.functions = functions,
	.is_library = is_library,
	.dispatching = dispatching,
	.reading = reading,
	.machine_functions = { [MACHINE_TEARS_DOWN] = tears_down },
	.closing = { "close()", "close() on the socket's handle", "returns 0 or undef" },
};
