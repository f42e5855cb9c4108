/* SPDX-License-Identifier: MIT */
/* The texts that the screen opens; the caller frees them. */
#ifndef FINLEAK_WATCH_DETAIL_H
#define FINLEAK_WATCH_DETAIL_H

#include "analyzer/watch/watch_model.h"

/* A finding as in the report, with how it grows and its sockets. */
char *watch_detail_site(const struct watch_model *model, const struct watch_row *row);

/* The processes: states, descriptors, tuning or bug, counts, and what could not be seen of them. */
char *watch_detail_processes(const struct report *report);

/* What the keys do. */
char *watch_detail_keys(void);

#endif
