/* SPDX-License-Identifier: MIT */
/* The sysctls that limit how long the kernel keeps connections that nobody closes. */
#ifndef FINLEAK_KERNEL_TUNING_H
#define FINLEAK_KERNEL_TUNING_H

#include <stdint.h>

/* Of a network namespace, except tcp_max_orphans, which only the initial one has. -1: unknown. */
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

/* Sets all to unknown. */
void kernel_tuning_clear(struct kernel_tuning *tuning);

#endif
