/* SPDX-License-Identifier: MIT */
/* What a text report says of each process: census, descriptor budget, tuning or bug. */
#ifndef FINLEAK_RENDER_TEXT_PROCESSES_H
#define FINLEAK_RENDER_TEXT_PROCESSES_H

#include "analyzer/report/report.h"
#include "analyzer/render/text_output.h"

/*
 * The processes of REPORT that have TCP sockets or are short of descriptors; of very many, those
 * with something to report and with most sockets. Nothing where there is none.
 */
void text_processes(const struct text *text, const struct report *report);

/* "server (pid 4711)" */
void text_process(FILE *out, const char *executable, int pid);

#endif
