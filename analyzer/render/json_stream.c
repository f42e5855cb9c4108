/* SPDX-License-Identifier: MIT */
#include "analyzer/render/json_stream.h"

#include "analyzer/base/utf8.h"

/* As json-c has them. */
#define INDENT 2

struct json_stream json_stream_begin(FILE *out, char kind)
{
	fputc(kind, out);
	return (struct json_stream){
		.out = out,
		.indent = INDENT,
		.empty = true,
		.end = kind == '{' ? '}' : ']',
	};
}

/* What stands in front of the next value. KEY is one of ours and needs no escapes. */
static void begin_value(struct json_stream *stream, const char *key)
{
	fprintf(stream->out, "%s%*s", stream->empty ? "\n" : ",\n", (int)stream->indent, "");
	if (key)
		fprintf(stream->out, "\"%s\": ", key);
	stream->empty = false;
}

struct json_stream json_stream_begin_inside(struct json_stream *outer, const char *key, char kind)
{
	struct json_stream inner;

	begin_value(outer, key);
	inner = json_stream_begin(outer->out, kind);
	inner.indent = outer->indent + INDENT;
	return inner;
}

void json_stream_add(struct json_stream *stream, const char *key, struct json_object *value)
{
	begin_value(stream, key);
	utf8_print_json(stream->out,
			json_object_to_json_string_ext(
				value, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED |
					       JSON_C_TO_STRING_NOSLASHESCAPE),
			stream->indent);
	json_object_put(value);
}

void json_stream_end(struct json_stream *stream)
{
	if (!stream->empty)
		fprintf(stream->out, "\n%*s", (int)(stream->indent - INDENT), "");
	fputc(stream->end, stream->out);
}
