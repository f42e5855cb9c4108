/* SPDX-License-Identifier: MIT */
/* Names of C++ functions, without what every reader fills in. */
#ifndef FINLEAK_SHORT_NAME_H
#define FINLEAK_SHORT_NAME_H

#include "analyzer/symbolize/symbolize.h"

/*
 * The function of FRAME, which must be known: "std::string" in place of what it stands for, no
 * default arguments of templates (such as allocators), "main()::{lambda at srv.cpp:41}" for
 * the call of a lambda. Other names stay as they are. The caller frees it.
 */
char *short_name(const struct frame *frame);

#endif
