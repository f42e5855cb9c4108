/* SPDX-License-Identifier: MIT */
/* News of stdio streams, for the wrappers of the calls that read them. */
#ifndef FINLEAK_NOTES_STREAM_H
#define FINLEAK_NOTES_STREAM_H

#include <stdio.h>

/*
 * A call on STREAM may have come back short: notes an EOF where feof() holds, of a
 * fatal error where ferror() does. Keeps errno. Takes no lock of the stream: the caller holds it,
 * or had it a moment ago. Any thread; as signal-safe as the call on the stream was.
 */
void note_stream_short(FILE *stream);

#endif
