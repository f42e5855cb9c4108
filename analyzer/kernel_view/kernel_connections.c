/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_connections.h"

#include <inttypes.h>
#include <stdio.h>

bool kernel_connections_count(uint64_t *count)
{
	FILE *file = fopen("/proc/self/net/snmp", "re");
	uint64_t opened, accepted;
	char line[2048];
	bool found = false;

	if (!file)
		return false;
	/* A line of names, then one of numbers: algorithm, two timeouts, a maximum, and these. */
	while (!found && fgets(line, sizeof(line), file))
		found = sscanf(line, "Tcp: %*d %*d %*d %*d %" SCNu64 " %" SCNu64, &opened,
			       &accepted) == 2;
	fclose(file);
	if (found)
		*count = opened + accepted;
	return found;
}
