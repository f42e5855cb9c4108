/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/keepers.h"

#include "analyzer/source/descriptor_flow.h"
#include "analyzer/source/function_body.h"

/* Functions that hand over what another one has opened. */
#define HANDED_MAX 5

/* What the caller of FRAME's function, in front of END, does with what came from that as FLOW. */
static struct descriptor_flow flow_in_caller(struct symbolizer *symbolizer,
					     const struct frame *frame, const struct frame *end,
					     struct descriptor_flow flow, const char *executable,
					     const struct own_globs *globs)
{
	const struct frame *caller = frame + 1;

	if (caller >= end || !frame->function || !caller->file || !caller->line ||
	    !own_code_is_own(caller, executable, globs))
		return (struct descriptor_flow){ .flow = FLOW_UNKNOWN };
	return descriptor_flow_of(symbolizer, caller, function_plain_name(frame->function), flow);
}

const struct frame *hander_out_of(struct symbolizer *symbolizer, const struct frame *frame,
				  const struct frame *end, const char *executable,
				  const struct own_globs *globs)
{
	const struct descriptor_flow returned = { .flow = FLOW_RETURNED };
	const struct frame *first = frame;
	size_t i;

	for (i = 0; i < HANDED_MAX; i++, frame++)
		if (flow_in_caller(symbolizer, frame, end, returned, executable, globs).flow !=
		    FLOW_RETURNED)
			break;
	return frame == first ? NULL : frame;
}

struct keeper keeper_of(struct symbolizer *symbolizer, const struct frame *frame,
			const struct frame *end, const char *executable,
			const struct own_globs *globs)
{
	struct descriptor_flow flow = descriptor_flow_of_opening(symbolizer, frame);
	size_t i;

	/* What is not clear may be returned. */
	if (flow.flow == FLOW_UNKNOWN)
		flow.flow = FLOW_RETURNED;
	for (i = 0; i < HANDED_MAX && flow.flow > FLOW_NOWHERE && flow.flow != FLOW_KEPT;
	     i++, frame++)
		flow = flow_in_caller(symbolizer, frame, end, flow, executable, globs);
	if (flow.flow != FLOW_KEPT)
		return (struct keeper){ .frame = NULL };
	return (struct keeper){ frame, flow.member,
				!frame->function || !function_constructs(frame->function) };
}
