/* SPDX-License-Identifier: MIT */
#include "analyzer/kernel_view/kernel_tuning.h"

#include <inttypes.h>
#include <stdio.h>

/* -1: it can't be read. */
static int64_t read_sysctl(const char *name)
{
	int64_t value = -1;
	char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv4/%s", name);
	file = fopen(path, "re");
	if (!file)
		return -1;
	if (fscanf(file, "%" SCNd64, &value) != 1)
		value = -1;
	fclose(file);
	return value;
}

void kernel_tuning_read(struct kernel_tuning *tuning)
{
	tuning->fin_timeout = read_sysctl("tcp_fin_timeout");
	tuning->max_tw_buckets = read_sysctl("tcp_max_tw_buckets");
	tuning->tw_reuse = read_sysctl("tcp_tw_reuse");
	tuning->orphan_retries = read_sysctl("tcp_orphan_retries");
	tuning->max_orphans = read_sysctl("tcp_max_orphans");
	tuning->keepalive_time = read_sysctl("tcp_keepalive_time");
	tuning->keepalive_interval = read_sysctl("tcp_keepalive_intvl");
	tuning->keepalive_probes = read_sysctl("tcp_keepalive_probes");
	tuning->retries2 = read_sysctl("tcp_retries2");
}

void kernel_tuning_clear(struct kernel_tuning *tuning)
{
	*tuning = (struct kernel_tuning){
		.fin_timeout = -1,
		.max_tw_buckets = -1,
		.tw_reuse = -1,
		.orphan_retries = -1,
		.max_orphans = -1,
		.keepalive_time = -1,
		.keepalive_interval = -1,
		.keepalive_probes = -1,
		.retries2 = -1,
	};
}
