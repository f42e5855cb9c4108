/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>
#include <string.h>

/*
 * @INC as perl, Debian, perlbrew and local::lib have it; and what eval made of text: libraries make
 * methods so, and whose text it was shows in the caller.
 */
static bool is_library(const char *path)
{
	return strncmp(path, "(eval ", 6) == 0 || strncmp(path, "/usr/share/perl", 15) == 0 ||
	       strncmp(path, "/etc/perl/", 10) == 0 ||
	       strncmp(path, "/usr/local/share/perl", 21) == 0 || strstr(path, "/lib/perl5/") ||
	       strstr(path, "/lib/perl/") || strstr(path, "/perl-base/") ||
	       strstr(path, "/site_perl/") || strstr(path, "/vendor_perl/");
}

static const char *const files[] = { "perl", "libperl", NULL };
static const char *const extensions[] = { "/perl-base/auto/", "-gnu/perl/5.", NULL };
static const char *const functions[] = { "Perl_", "PerlIO", "perl_", "S_", "XS_", NULL };

static const char *const tears_down[] = { "perl_destruct", NULL };

static const struct script_library reading[] = {
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
	.reading = reading,
	.machine_functions = { [MACHINE_TEARS_DOWN] = tears_down },
	.closing = { "close()", "close() on the socket's handle", "returns 0 or undef" },
};
