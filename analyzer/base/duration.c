/* SPDX-License-Identifier: MIT */
#include "analyzer/base/duration.h"

#include <math.h>

/* What was asked for is whole; what was measured is so by chance. */
static void print_tenths(FILE *out, double number, const char *unit)
{
	fprintf(out, "%.*f %s", number == floor(number) ? 0 : 1, number, unit);
}

void print_duration(FILE *out, double ms)
{
	if (ms < 1)
		fprintf(out, "%.0f us", ms * 1000);
	else if (ms < 10)
		print_tenths(out, ms, "ms");
	else if (ms < 1000)
		fprintf(out, "%.0f ms", ms);
	else if (ms < 120e3)
		print_tenths(out, ms / 1e3, "s");
	else if (ms < 7200e3)
		fprintf(out, "%.0f min", ms / 60e3);
	else
		print_tenths(out, ms / 3600e3, "h");
}
