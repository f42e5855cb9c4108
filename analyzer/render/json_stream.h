/* SPDX-License-Identifier: MIT */
/*
 * Writes a JSON document piece by piece, each value on a line of its own. As a tree of json-c's
 * objects a report of a million sockets takes gigabytes, and printf() takes most of the time:
 * numbers and texts are written here.
 *
 * Texts may be hostile. Bytes that are no UTF-8 become U+FFFD, and what could control a terminal is
 * escaped, in the document as JSON defines it.
 */
#ifndef FINLEAK_JSON_STREAM_H
#define FINLEAK_JSON_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Between the document and its file. */
struct json_buffer {
	FILE *out;
	bool in_markup; /* the document stands in HTML, so it has no "<" */
	size_t used;
	char bytes[65536];
};

/* An object or array that is being written. */
struct json_stream {
	struct json_buffer *buffer;
	unsigned int indent; /* of what is in it, columns */
	bool empty;
	char end;
};

/* Begins an object ('{') or array ('[') at the top of BUFFER's document. */
struct json_stream json_stream_begin(struct json_buffer *buffer, char kind);

/* Begins one inside OUTER, as member KEY (NULL: OUTER is an array). Ends before OUTER goes on. */
struct json_stream json_stream_begin_inside(struct json_stream *outer, const char *key, char kind);

/* Ends the object or array. The outermost one's end writes what is left in the buffer. */
void json_stream_end(struct json_stream *stream);

/* Each writes a value as member KEY (NULL: the next of an array). Keys are literals. */
void json_stream_text(struct json_stream *stream, const char *key, const char *text);
void json_stream_count(struct json_stream *stream, const char *key, uint64_t count);
void json_stream_integer(struct json_stream *stream, const char *key, int64_t integer);
void json_stream_bool(struct json_stream *stream, const char *key, bool value);
void json_stream_null(struct json_stream *stream, const char *key);

/* NUMBER, at least 0, with three decimals. */
void json_stream_decimal(struct json_stream *stream, const char *key, double number);

#endif
