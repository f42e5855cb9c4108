/* SPDX-License-Identifier: MIT */
#include "analyzer/call_sites/forwarders.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "analyzer/base/allocate.h"

/* Wrappers of wrappers. */
#define WRAPPERS_MAX 4
/* Reading source takes time: of more calls of functions than this none is a wrapper's. */
#define CALLS_READ_MAX 1024

/* A call of a function, by its source, and what the function forwards. */
struct known_call {
	char *places;
	enum forwarding forwarding;
	UT_hash_handle hh;
};

struct forwarders {
	struct symbolizer *symbolizer;
	const struct own_globs *globs;
	struct known_call *calls;
};

struct forwarders *forwarders_new(struct symbolizer *symbolizer, const struct own_globs *globs)
{
	struct forwarders *forwarders = allocate_zeroed(1, sizeof(*forwarders));

	forwarders->symbolizer = symbolizer;
	forwarders->globs = globs;
	return forwarders;
}

void forwarders_free(struct forwarders *forwarders)
{
	struct known_call *call, *next;

	HASH_ITER(hh, forwarders->calls, call, next) {
		HASH_DEL(forwarders->calls, call);
		free(call->places);
		free(call);
	}
	free(forwarders);
}

/* As forwarding_of(); FORWARDS_NOTHING for what is too much to read. */
static enum forwarding forwarding(struct forwarders *forwarders, const struct frame *frame)
{
	const struct frame *caller = frame + 1;
	struct known_call *known;
	char *places;

	if (!frame->file || !caller->file)
		return FORWARDS_NOTHING;
	places = allocate_printed("%s:%u %s:%u", frame->file, frame->line, caller->file,
				  caller->line);
	HASH_FIND_STR(forwarders->calls, places, known);
	if (known || HASH_COUNT(forwarders->calls) >= CALLS_READ_MAX) {
		free(places);
		return known ? known->forwarding : FORWARDS_NOTHING;
	}
	known = allocate_zeroed(1, sizeof(*known));
	known->places = places;
	known->forwarding = forwarding_of(forwarders->symbolizer, frame, caller);
	HASH_ADD_KEYPTR(hh, forwarders->calls, known->places, strlen(places), known);
	return known->forwarding;
}

const struct frame *forwarders_beyond(struct forwarders *forwarders, const struct frame *frame,
				      const struct frame *end, enum forwarding least,
				      const char *executable)
{
	size_t i;

	for (i = 0; i < WRAPPERS_MAX && frame && frame + 1 < end; i++) {
		enum forwarding found = FORWARDS_NOTHING;

		if (own_code_is_own(frame + 1, executable, forwarders->globs))
			found = forwarding(forwarders, frame);
		if (found < least)
			break;
		frame++;
		if (found == FORWARDS_PEEK)
			break;
		/* What it forwarded is what its caller may forward. */
		if (least == FORWARDS_READ)
			least = FORWARDS_RESULT;
	}
	return frame;
}
