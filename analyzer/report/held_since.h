/* SPDX-License-Identifier: MIT */
/* What the sockets of a finding were held after, in words. */
#ifndef FINLEAK_HELD_SINCE_H
#define FINLEAK_HELD_SINCE_H

#include "analyzer/rules/leak.h"

/* " after EOF", to stand behind LEAK's duration. Static. */
const char *held_since(const struct leak *leak);

#endif
