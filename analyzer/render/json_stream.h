/* SPDX-License-Identifier: MIT */
/*
 * Writes a JSON document piece by piece, laid out as json-c lays out a whole one. A report of a
 * million sockets takes gigabytes as one tree of json-c's objects; here only one value at a time is
 * an object.
 */
#ifndef FINLEAK_JSON_STREAM_H
#define FINLEAK_JSON_STREAM_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>

/* An object or array that is being written. */
struct json_stream {
	FILE *out;
	unsigned int indent; /* of what is in it, columns */
	bool empty;
	char end;
};

/* Begins an object ('{') or array ('[') at the top of OUT. */
struct json_stream json_stream_begin(FILE *out, char kind);

/* Begins one inside OUTER, as member KEY (NULL: OUTER is an array). Ends before OUTER goes on. */
struct json_stream json_stream_begin_inside(struct json_stream *outer, const char *key, char kind);

/* Writes VALUE (NULL: null) as member KEY (NULL: the next of an array) and releases it. */
void json_stream_add(struct json_stream *stream, const char *key, struct json_object *value);

/* Ends the object or array. */
void json_stream_end(struct json_stream *stream);

#endif
