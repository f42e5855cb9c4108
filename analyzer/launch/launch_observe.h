/* SPDX-License-Identifier: MIT */
/* When `finleak run` looks at what it runs: at a beat, when asked, and before a likely end. */
#ifndef FINLEAK_LAUNCH_OBSERVE_H
#define FINLEAK_LAUNCH_OBSERVE_H

#include <stdint.h>

#include "analyzer/launch/process_watch.h"

/* Looks at what WATCH knows every BEAT_NS. End with launch_observe_end. */
struct launch_observe *launch_observe_begin(struct process_watch *watch, uint64_t beat_ns);
void launch_observe_end(struct launch_observe *observe);

/* ms until the next look is due, for poll(). */
int launch_observe_due_ms(const struct launch_observe *observe);

/* Looks where that is due. */
void launch_observe_beat(struct launch_observe *observe);

/* Looks now, thoroughly. */
void launch_observe_now(struct launch_observe *observe);

#endif
