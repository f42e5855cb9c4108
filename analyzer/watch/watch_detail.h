/* SPDX-License-Identifier: MIT */
/* The texts of the screen's pages; the caller frees them. */
#ifndef FINLEAK_WATCH_DETAIL_H
#define FINLEAK_WATCH_DETAIL_H

#include "analyzer/watch/watch_model.h"

/* A finding as in the report, with its growth and its sockets. */
char *watch_detail_site(const struct watch_model *model, const struct watch_row *row);

/* The processes: states, descriptors, tuning advice, counts and blind spots. */
char *watch_detail_processes(const struct report *report);

/* The keys. */
char *watch_detail_keys(void);

#endif
