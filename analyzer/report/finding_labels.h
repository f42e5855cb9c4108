/* SPDX-License-Identifier: MIT */
/* Which tests the sockets of a finding are of: the labels that they were opened and ended under. */
#ifndef FINLEAK_FINDING_LABELS_H
#define FINLEAK_FINDING_LABELS_H

#include "analyzer/report/report.h"

/*
 * Fills in LEAK's labels out of its sockets. A socket is of the label that it was opened under, or
 * if there was none, of the one that its end was noticed under.
 */
void finding_labels_fill(struct report_leak *leak);

/* Lines that the caller frees; NULL: there is nothing to report. */
char *line_of_labels(const struct report_leak *leak);
char *line_of_other_labels(const struct report_leak *leak);

#endif
