/* SPDX-License-Identifier: MIT */
/* From a method and a place in it to a row of SECTION_SCRIPTS. What was asked is kept for a second.
 */
#ifndef FINLEAK_JAVA_METHOD_H
#define FINLEAK_JAVA_METHOD_H

#include <stdbool.h>
#include <stdint.h>

struct java_frame;
struct java_thread;
struct ledger;

#define JAVA_LANGUAGE "java"

/*
 * At NOW_NS: the row for FRAME into *row; NO_SCRIPT where there is no room for it. False: a frame
 * that Java's own stack traces leave out (a hidden class, of a lambda or a method handle), or that
 * has no name. THREAD may ask. The names are copied at once: a class may be unloaded.
 */
bool java_method_row(struct ledger *ledger, const struct java_thread *thread,
		     const struct java_frame *frame, uint64_t now_ns, uint32_t *row);

#endif
