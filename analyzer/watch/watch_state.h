/* SPDX-License-Identifier: MIT */
/* What `finleak watch` has to show at one time. */
#ifndef FINLEAK_WATCH_STATE_H
#define FINLEAK_WATCH_STATE_H

#include "analyzer/watch/watch_model.h"
#include "analyzer/watch/watch_subject.h"

struct watch_state {
	const struct watch_subject *subject;
	struct watch_model *model; /* has a report */
	double interval_ms;
	bool frozen;
	const char *warning; /* what went wrong in the last sample; may hold anything, "" nothing */
};

#endif
