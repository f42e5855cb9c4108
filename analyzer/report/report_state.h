/* SPDX-License-Identifier: MIT */
/* The states of sockets, as reports name them. */
#ifndef FINLEAK_REPORT_STATE_H
#define FINLEAK_REPORT_STATE_H

#include "analyzer/report/report.h"

/* The index for report_state_name of the kernel's number of a state; -1 unknown. */
int report_state_by_kernel(unsigned int state);

/* ... of a socket that was neither connected nor listened with. */
int report_state_before_use(bool bound);

/* The index for report_state_name of a row's last sample; -1 unknown. */
int report_state_of(const struct recorded_socket *row);

#endif
