/* SPDX-License-Identifier: MIT */
/*
 * Tuning or bug? Of states that pile up though the program closes: which sysctl concerns them, what
 * it is set to and what it does. What a program does not close none of them ends.
 */
#ifndef FINLEAK_TUNING_ADVICE_H
#define FINLEAK_TUNING_ADVICE_H

#include "analyzer/report/report.h"

/* For wherever connections in CLOSE_WAIT leak. */
#define TUNING_OF_CLOSE_WAIT                                                                       \
	"No sysctl ends CLOSE_WAIT: only close() does, or the end of the program."

/* Adds to PROCESS, whose census is complete, a sentence on each state that piles up. */
void tuning_advise(struct report_process *process);

/*
 * A sentence on connections in TIME_WAIT whose program is not known; NULL: none is needed. They
 * are mentioned where the processes of REPORT have closed so many sockets that half of them may be
 * theirs, or where nobody counted that (`scan`) and they are very many. The caller frees it.
 */
char *tuning_of_outgoing(const struct report *report);

#endif
