/* SPDX-License-Identifier: MIT */
/* Which circumstances a finding meets, of those that distinguish advice. */
#ifndef FINLEAK_ADVICE_CIRCUMSTANCES_H
#define FINLEAK_ADVICE_CIRCUMSTANCES_H

#include "analyzer/report/report.h"
#include "analyzer/rules/advice.h"

/* The enum advice_when that LEAK meets, whose facts are complete. */
uint64_t advice_circumstances(const struct report_leak *leak);

#endif
