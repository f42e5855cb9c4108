/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/languages.h"

#include <stddef.h>

static const char *const files[] = { "libcoreclr", "libclrjit", "libSystem",     "mono",
				     "mono-sgen",  "libmono",   "libmonosgen-2", NULL };

/* Its frames are not taken: this is what its machine is called. */
const struct language language_dotnet = {
	.name = "dotnet",
	.spelled = ".NET",
	.machine = "the .NET runtime",
	.invisible = "set DOTNET_PerfMapEnabled=1 (with Mono, run it with --jitmap): finleak "
		     "reads the map that the runtime writes.",
	.files = files,
	.closing = { "Dispose()", "Dispose() on the socket (or declare it with using)",
		     "returns 0" },
};
