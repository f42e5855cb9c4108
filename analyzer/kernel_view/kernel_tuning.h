/* SPDX-License-Identifier: MIT */
/* The sysctls that say how long the kernel keeps connections which nobody ends. */
#ifndef FINLEAK_KERNEL_TUNING_H
#define FINLEAK_KERNEL_TUNING_H

#include <stdint.h>

/* Of a network namespace, but for tcp_max_orphans, which only the first one shows. -1: unknown. */
struct kernel_tuning {
	int64_t fin_timeout; /* s */
	int64_t max_tw_buckets;
	int64_t tw_reuse;
	int64_t orphan_retries;
	int64_t max_orphans;
	int64_t keepalive_time;     /* s */
	int64_t keepalive_interval; /* s */
	int64_t keepalive_probes;
	int64_t retries2;
};

/* Those of the calling thread's network namespace. */
void kernel_tuning_read(struct kernel_tuning *tuning);

/* All of them unknown. */
void kernel_tuning_clear(struct kernel_tuning *tuning);

#endif
