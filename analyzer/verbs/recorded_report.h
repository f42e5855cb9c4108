/* SPDX-License-Identifier: MIT */
/* The report on recordings that the command line names. */
#ifndef FINLEAK_RECORDED_REPORT_H
#define FINLEAK_RECORDED_REPORT_H

#include "analyzer/options/options.h"

/*
 * The report on the recordings in the COUNT files, folders and packs PATHS, judged as OPTIONS and
 * the runs that wrote them say; for report_free(). NULL with one line on stderr: there are none.
 */
struct report *recorded_report(struct options *options, char *const *paths, size_t count);

#endif
