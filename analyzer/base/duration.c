/* SPDX-License-Identifier: MIT */
#include "analyzer/base/duration.h"

void print_duration(FILE *out, double ms)
{
	if (ms < 1)
		fprintf(out, "%.0f us", ms * 1000);
	else if (ms < 10)
		fprintf(out, "%.1f ms", ms);
	else if (ms < 1000)
		fprintf(out, "%.0f ms", ms);
	else if (ms < 120e3)
		fprintf(out, "%.1f s", ms / 1e3);
	else if (ms < 7200e3)
		fprintf(out, "%.0f min", ms / 60e3);
	else
		fprintf(out, "%.1f h", ms / 3600e3);
}
