/* SPDX-License-Identifier: MIT */
/*
 * The callback that a library calls at a connection's end, or for its data, by the source of the
 * function that has the library read: `uv_read_start(stream, allocate, on_read)`. It is in no
 * recorded stack where it makes no call.
 */
#ifndef FINLEAK_READING_CALLBACKS_H
#define FINLEAK_READING_CALLBACKS_H

#include "analyzer/symbolize/symbolize.h"

struct reading_callbacks;

/* Refers to SYMBOLIZER; end with reading_callbacks_free. */
struct reading_callbacks *reading_callbacks_new(struct symbolizer *symbolizer);
void reading_callbacks_free(struct reading_callbacks *callbacks);

/* What the callback is called for. */
enum callback_event {
	CALLBACK_OF_END,
	CALLBACK_OF_DATA, /* where the library reads ahead, and stops while that is not taken */
};

/*
 * The callback for EVENT that the function of FRAME gives to a library: its name, and the line
 * where it begins. *CALL: the call that is given it. NULL: there is none in its source, or several,
 * or the function is such a callback itself. FRAME is a call in its function, or the line that
 * defines it; all lives as long as CALLBACKS.
 */
const struct frame *reading_callback(struct reading_callbacks *callbacks, const struct frame *frame,
				     enum callback_event event, const struct frame **call);

#endif
