/* SPDX-License-Identifier: MIT */
/*
 * The stacks of leaks. A program leaks many sockets in few ways: each way is in memory once, so
 * that leaks with the same stacks have them at the same address.
 */
#ifndef FINLEAK_STACK_SETS_H
#define FINLEAK_STACK_SETS_H

#include "analyzer/rules/evidence.h"

struct stack_sets;

/* End with stack_sets_free(), which takes NULL. */
struct stack_sets *stack_sets_new(void);
void stack_sets_free(struct stack_sets *sets);

/* The STACK_KINDS references STACKS, which live as long as SETS. */
const struct stack_ref *stack_sets_intern(struct stack_sets *sets, const struct stack_ref *stacks);

#endif
