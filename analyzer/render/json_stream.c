/* SPDX-License-Identifier: MIT */
#include "analyzer/render/json_stream.h"

#include <limits.h>
#include <string.h>

#include "analyzer/base/utf8.h"

/* Columns. */
#define INDENT     2
#define INDENT_MAX 40u

/* Above, a double has no thousandths. */
#define DECIMAL_MAX 9e12

static void flush(struct json_buffer *buffer)
{
	fwrite(buffer->bytes, 1, buffer->used, buffer->out);
	buffer->used = 0;
}

/* Room for SIZE bytes, fewer than all; what is used of it the caller adds to what is used. */
static char *room_for(struct json_buffer *buffer, size_t size)
{
	if (size > sizeof(buffer->bytes) - buffer->used)
		flush(buffer);
	return buffer->bytes + buffer->used;
}

static void put(struct json_buffer *buffer, const char *bytes, size_t size)
{
	if (size > sizeof(buffer->bytes) - buffer->used)
		flush(buffer);
	if (size > sizeof(buffer->bytes)) {
		fwrite(bytes, 1, size, buffer->out);
		return;
	}
	memcpy(buffer->bytes + buffer->used, bytes, size);
	buffer->used += size;
}

static void put_word(struct json_buffer *buffer, const char *word)
{
	put(buffer, word, strlen(word));
}

/* "\n" and INDENT blanks at PLACE, which has room for INDENT_MAX. Returns their end. */
static char *line_end(char *place, unsigned int indent)
{
	static const char blanks[] = "\n                                        ";

	/* Documents are less deep; a deeper one is laid out flat. */
	memcpy(place, blanks, 1 + INDENT_MAX);
	return place + 1 + (indent < INDENT_MAX ? indent : INDENT_MAX);
}

/* COUNT in decimal digits, at least MIN of them. */
static void put_digits(struct json_buffer *buffer, uint64_t count, size_t min)
{
	char digits[20], *place = digits + sizeof(digits);

	while (count || min) {
		*--place = (char)('0' + count % 10);
		count /= 10;
		min -= min > 0;
	}
	put(buffer, place, (size_t)(digits + sizeof(digits) - place));
}

static void put_escape(struct json_buffer *buffer, uint32_t character)
{
	static const char digits[] = "0123456789abcdef";
	char text[] = "\\u0000";
	int i;

	for (i = 0; i < 4; i++)
		text[5 - i] = digits[character >> 4 * i & 15];
	put(buffer, text, 6);
}

/* The letter behind the backslash for what JSON has a short escape for; 0 none. */
static char short_escape(uint32_t character)
{
	switch (character) {
	case '"':
	case '\\':
		return (char)character;
	case '\b':
		return 'b';
	case '\f':
		return 'f';
	case '\n':
		return 'n';
	case '\r':
		return 'r';
	case '\t':
		return 't';
	default:
		return 0;
	}
}

static void put_text(struct json_buffer *buffer, const char *text)
{
	static const bool is_plain[UCHAR_MAX + 1] = {
		[' ' ... '"' - 1] = true,
		['"' + 1 ... '<' - 1] = true,
		['<' + 1 ... '\\' - 1] = true,
		['\\' + 1 ... '~'] = true,
	};
	uint32_t character;
	size_t length;

	put(buffer, "\"", 1);
	for (;; text += length) {
		for (length = 0; is_plain[(unsigned char)text[length]]; length++)
			;
		put(buffer, text, length);
		text += length;
		length = utf8_decode(text, &character);
		if (length == 0)
			break;
		if (character == UINT32_MAX) {
			put(buffer, "\xef\xbf\xbd", 3);
		} else if (short_escape(character)) {
			put(buffer, (const char[]){ '\\', short_escape(character) }, 2);
		} else if (utf8_is_unsafe(character) || (character == '<' && buffer->in_markup)) {
			put_escape(buffer, character);
		} else {
			put(buffer, text, length);
		}
	}
	put(buffer, "\"", 1);
}

/* What stands in front of the next value. */
static void begin_value(struct json_stream *stream, const char *key)
{
	size_t length = key ? strlen(key) : 0;
	char *begin = room_for(stream->buffer, length + INDENT_MAX + sizeof(",\n\"\": "));
	char *end = begin;

	if (!stream->empty)
		*end++ = ',';
	stream->empty = false;
	end = line_end(end, stream->indent);
	if (key) {
		*end++ = '"';
		end = mempcpy(end, key, length);
		end = mempcpy(end, "\": ", 3);
	}
	stream->buffer->used += (size_t)(end - begin);
}

struct json_stream json_stream_begin(struct json_buffer *buffer, char kind)
{
	put(buffer, &kind, 1);
	return (struct json_stream){
		.buffer = buffer,
		.indent = INDENT,
		.empty = true,
		.end = kind == '{' ? '}' : ']',
	};
}

struct json_stream json_stream_begin_inside(struct json_stream *outer, const char *key, char kind)
{
	struct json_stream inner;

	begin_value(outer, key);
	inner = json_stream_begin(outer->buffer, kind);
	inner.indent = outer->indent + INDENT;
	return inner;
}

void json_stream_end(struct json_stream *stream)
{
	char *begin = room_for(stream->buffer, INDENT_MAX + sizeof("\n}")), *end = begin;

	if (!stream->empty)
		end = line_end(end, stream->indent - INDENT);
	*end++ = stream->end;
	stream->buffer->used += (size_t)(end - begin);
	if (stream->indent == INDENT)
		flush(stream->buffer);
}

void json_stream_text(struct json_stream *stream, const char *key, const char *text)
{
	begin_value(stream, key);
	put_text(stream->buffer, text);
}

void json_stream_count(struct json_stream *stream, const char *key, uint64_t count)
{
	begin_value(stream, key);
	put_digits(stream->buffer, count, 1);
}

void json_stream_integer(struct json_stream *stream, const char *key, int64_t integer)
{
	begin_value(stream, key);
	if (integer < 0)
		put(stream->buffer, "-", 1);
	put_digits(stream->buffer, integer < 0 ? -(uint64_t)integer : (uint64_t)integer, 1);
}

void json_stream_bool(struct json_stream *stream, const char *key, bool value)
{
	begin_value(stream, key);
	put_word(stream->buffer, value ? "true" : "false");
}

void json_stream_null(struct json_stream *stream, const char *key)
{
	begin_value(stream, key);
	put_word(stream->buffer, "null");
}

void json_stream_decimal(struct json_stream *stream, const char *key, double number)
{
	uint64_t thousandths;

	begin_value(stream, key);
	if (!(number < DECIMAL_MAX)) {
		put_digits(stream->buffer, number < 1.8e19 ? (uint64_t)number : UINT64_MAX, 1);
		put(stream->buffer, ".000", 4);
		return;
	}
	thousandths = (uint64_t)(number * 1000 + 0.5);
	put_digits(stream->buffer, thousandths / 1000, 1);
	put(stream->buffer, ".", 1);
	put_digits(stream->buffer, thousandths % 1000, 3);
}
