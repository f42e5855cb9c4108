/* SPDX-License-Identifier: MIT */
/* How one process learned that one of its sockets is finished, from its own row alone. */
#ifndef FINLEAK_ROW_DECISION_H
#define FINLEAK_ROW_DECISION_H

#include "analyzer/classify/classify.h"

struct row_decision {
	enum recorded_decision decision; /* DECIDED_NOT: nothing ended it */
	uint64_t ns;
	bool inherited; /* it happened before this process was born: its parent saw it */
};

/* The decision of HOLDING's row: the last that happened of EOF, error, shutdown and connect. */
struct row_decision row_decide(const struct holding *holding);

/* Did the process itself read the EOF of its row (not its parent before the fork)? */
bool row_read_eof_itself(const struct holding *holding);

#endif
