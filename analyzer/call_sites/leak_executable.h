/* SPDX-License-Identifier: MIT */
/* The program whose code a leak is of. */
#ifndef FINLEAK_LEAK_EXECUTABLE_H
#define FINLEAK_LEAK_EXECUTABLE_H

#include "analyzer/rules/leak.h"

/* The path of the program whose code decides LEAK, as its recording has it; "" unknown. */
const char *leak_executable(const struct leak *leak);

#endif
