/* SPDX-License-Identifier: MIT */
/* A connection whose peer has closed its own direction only, and which the program still uses. */
#ifndef FINLEAK_SENDS_AFTER_END_H
#define FINLEAK_SENDS_AFTER_END_H

#include "analyzer/rules/evidence.h"
#include "analyzer/rules/judge_options.h"

#define KERNEL_TICK_NS 20000000u /* the kernel counts last-sent times in ticks of up to 10 ms */

/*
 * When the process that read the EOF was last known to send on the socket, if it has since, and not
 * long before it was sampled; else 0. What answers the last request right after its EOF
 * (--min-held) counts only where the program did nothing else until it ended: it may send that and
 * forget the close.
 */
uint64_t sent_after_end_ns(const struct evidence *evidence, const struct judge_options *options);

#endif
