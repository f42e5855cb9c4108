/* SPDX-License-Identifier: MIT */
#ifndef FINLEAK_TESTS_DEEP_BELOW_H
#define FINLEAK_TESTS_DEEP_BELOW_H

/* What deep_below.c's send() returns. */
#define SENT_BELOW 77

#endif
