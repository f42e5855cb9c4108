/* SPDX-License-Identifier: MIT */
/* cmocka with the headers that it wants before it. */
#ifndef FINLEAK_UNIT_H
#define FINLEAK_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#endif
