/* SPDX-License-Identifier: MIT */
/* Where something is, as SARIF spells it: files below the folder of the sources are relative to it.
 */
#ifndef FINLEAK_RENDER_SARIF_PLACES_H
#define FINLEAK_RENDER_SARIF_PLACES_H

#include "analyzer/render/json_stream.h"
#include "analyzer/report/report.h"

/* What stands for the folder of the sources. */
#define SARIF_SOURCE_ROOT "%SRCROOT%"

/* The file of code that no file is known of. */
#define SARIF_UNKNOWN_FILE "unknown"

/* PATH behind START as a part of a URI; the caller frees it. */
char *sarif_uri(const char *start, const char *path);

/* Each of these writes a member KEY of OUTER (NULL: the next item of an array). */

void sarif_message(struct json_stream *outer, const char *key, const char *text);

/* The place of LINE (0: unknown) of FILE, as "physicalLocation". */
void sarif_place(struct json_stream *outer, const struct report *report, const char *file,
		 unsigned int line);

/*
 * The place and the function of FRAME, into LOCATION. Where no line is known, the file that the
 * code was loaded from stands for it; INSTEAD where neither is.
 */
void sarif_frame_place(struct json_stream *location, const struct report *report,
		       const struct frame *frame, const char *instead);

/* A location of its own for FRAME. MESSAGE: NULL none. */
void sarif_location(struct json_stream *outer, const char *key, const struct report *report,
		    const struct frame *frame, const char *message);

#endif
