/* SPDX-License-Identifier: MIT */
/* Beyond the functions that only forward a call (forwarding.h): each call's source is read once. */
#ifndef FINLEAK_FORWARDERS_H
#define FINLEAK_FORWARDERS_H

#include "analyzer/call_sites/own_code.h"
#include "analyzer/source/forwarding.h"

struct forwarders;

/* Refers to its arguments; end with forwarders_free. Never NULL. */
struct forwarders *forwarders_new(struct symbolizer *symbolizer, const struct own_globs *globs);
void forwarders_free(struct forwarders *forwarders);

/*
 * FRAME (NULL: none), or if its function forwards a call, as much as LEAST, who calls that: own
 * code of a program that is EXECUTABLE, of a stack's frames in front of END.
 */
const struct frame *forwarders_beyond(struct forwarders *forwarders, const struct frame *frame,
				      const struct frame *end, enum forwarding least,
				      const char *executable);

#endif
