/* SPDX-License-Identifier: MIT */
/* What becomes of a descriptor that a call in a function gets, by the words of its source. */
#ifndef FINLEAK_DESCRIPTOR_FLOW_H
#define FINLEAK_DESCRIPTOR_FLOW_H

#include "analyzer/source/source_words.h"

enum flow {
	FLOW_UNKNOWN,
	FLOW_BEGUN,     /* in a member of an object that the function makes: none had it before */
	FLOW_NOWHERE,   /* in a variable of the function's own, and no further */
	FLOW_RETURNED,  /* the function returns it */
	FLOW_GIVEN_OUT, /* it is stored where a parameter points: `*fd = socket(...)` */
	FLOW_KEPT,      /* in a member of an object: `client->fd = ...` */
};

struct descriptor_flow {
	enum flow flow;
	unsigned int argument; /* FLOW_GIVEN_OUT: which one, from 0 on */
	struct name member;    /* FLOW_KEPT; FLOW_NOWHERE: the variable */
};

/*
 * Of the call of CALLEE in FRAME's line, whose descriptor came as CALLEE_FLOW: returned, or stored
 * where an argument points.
 */
struct descriptor_flow descriptor_flow_of(struct symbolizer *symbolizer, const struct frame *frame,
					  struct name callee, struct descriptor_flow callee_flow);

/* Is the call of CALLEE in FRAME's line given the address of a variable of FRAME's function, which
 * ends with that? */
bool gives_own_variable(struct symbolizer *symbolizer, const struct frame *frame,
			struct name callee);

/* Of the call of connect() in FRAME's line, which has it as its first argument. */
struct descriptor_flow descriptor_flow_of_connect(struct symbolizer *symbolizer,
						  const struct frame *frame);

/* Of the call that opens it in FRAME's line: socket(), accept(). */
struct descriptor_flow descriptor_flow_of_opening(struct symbolizer *symbolizer,
						  const struct frame *frame);

#endif
