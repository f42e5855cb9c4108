/* SPDX-License-Identifier: MIT */
#include "analyzer/pack/pack_symbols.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/json_member.h"
#include "analyzer/render/json_stream.h"

#define SCHEMA    "finleak-symbols/1"
#define DEPTH_MAX 16

/* What one call or line may take of the text, at most about. */
#define ROOM_FOR_ONE (1 << 20)

static void write_text(struct json_stream *object, const char *key, const char *text)
{
	if (text && text[0])
		json_stream_text(object, key, text);
}

static bool is_full(FILE *out)
{
	return ftell(out) > PACK_SYMBOLS_MAX - 2 * ROOM_FOR_ONE;
}

struct writing {
	struct json_stream list;
	FILE *out;
};

static void write_call(void *context, const char *identity, const struct frame *frames,
		       size_t count)
{
	struct writing *writing = context;
	struct json_stream call, names;
	size_t i;

	if (is_full(writing->out))
		return;
	call = json_stream_begin_inside(&writing->list, NULL, '{');
	json_stream_text(&call, "module", frames[0].module);
	json_stream_text(&call, "identity", identity);
	json_stream_count(&call, "offset", frames[0].offset);
	names = json_stream_begin_inside(&call, "frames", '[');
	for (i = 0; i < count; i++) {
		struct json_stream frame = json_stream_begin_inside(&names, NULL, '{');

		write_text(&frame, "function", frames[i].function);
		write_text(&frame, "file", frames[i].file);
		if (frames[i].line)
			json_stream_count(&frame, "line", frames[i].line);
		if (frames[i].inlined)
			json_stream_bool(&frame, "inlined", true);
		if (frames[i].ends_with_call)
			json_stream_bool(&frame, "ends_with_call", true);
		write_text(&frame, "callee", frames[i].callee);
		json_stream_end(&frame);
	}
	json_stream_end(&names);
	json_stream_end(&call);
}

static void write_line(void *context, const char *file, unsigned int number, const char *line)
{
	struct writing *writing = context;
	struct json_stream object;

	if (is_full(writing->out))
		return;
	object = json_stream_begin_inside(&writing->list, NULL, '{');
	json_stream_text(&object, "file", file);
	json_stream_count(&object, "number", number);
	json_stream_text(&object, "line", line);
	json_stream_end(&object);
}

void pack_symbols_write(const struct symbolizer *symbolizer, FILE *out)
{
	struct json_buffer *buffer = allocate_zeroed(1, sizeof(*buffer));
	struct json_stream document;
	struct writing writing = { .out = out };

	buffer->out = out;
	document = json_stream_begin(buffer, '{');
	json_stream_text(&document, "schema", SCHEMA);
	writing.list = json_stream_begin_inside(&document, "calls", '[');
	symbolizer_each_call(symbolizer, write_call, &writing);
	json_stream_end(&writing.list);
	writing.list = json_stream_begin_inside(&document, "lines", '[');
	symbolizer_each_line(symbolizer, write_line, &writing);
	json_stream_end(&writing.list);
	json_stream_end(&document);
	free(buffer);
}

static unsigned int line_at(struct json_object *object, const char *key)
{
	int64_t line = json_object_get_int64(json_member(object, key, json_type_int));

	return line > 0 && line <= INT32_MAX ? (unsigned int)line : 0;
}

static void read_call(struct json_object *call, struct imported_names *names)
{
	const char *module = json_text_at(call, "module"),
		   *identity = json_text_at(call, "identity");
	struct json_object *offset = json_member(call, "offset", json_type_int);
	struct json_object *frames = json_member(call, "frames", json_type_array);
	struct code_name list[CODE_NAMES_MAX];
	size_t count = frames ? json_object_array_length(frames) : 0, i;

	if (!module || !identity || !offset || count > CODE_NAMES_MAX)
		return;
	for (i = 0; i < count; i++) {
		struct json_object *frame = json_object_array_get_idx(frames, i);

		list[i] = (struct code_name){
			.function = json_text_at(frame, "function"),
			.file = json_text_at(frame, "file"),
			.line = line_at(frame, "line"),
			.inlined = json_object_get_boolean(
				json_member(frame, "inlined", json_type_boolean)),
			.ends_with_call = json_object_get_boolean(
				json_member(frame, "ends_with_call", json_type_boolean)),
			.callee = json_text_at(frame, "callee"),
		};
	}
	imported_names_add(names, module, identity, json_object_get_uint64(offset), list, count);
}

static void read_line(struct json_object *line, struct imported_names *names)
{
	const char *file = json_text_at(line, "file"), *text = json_text_at(line, "line");
	unsigned int number = line_at(line, "number");

	if (file && text && number)
		imported_names_add_line(names, file, number, text);
}

static bool read_document(struct json_object *document, struct imported_names *names)
{
	struct json_object *calls = json_member(document, "calls", json_type_array);
	struct json_object *lines = json_member(document, "lines", json_type_array);
	const char *schema = json_text_at(document, "schema");
	size_t i;

	if (!schema || strcmp(schema, SCHEMA) != 0 || !calls || !lines)
		return false;
	for (i = 0; i < json_object_array_length(calls); i++)
		read_call(json_object_array_get_idx(calls, i), names);
	for (i = 0; i < json_object_array_length(lines); i++)
		read_line(json_object_array_get_idx(lines, i), names);
	return true;
}

bool pack_symbols_read(const char *text, size_t size, struct imported_names *names)
{
	struct json_tokener *tokener = json_tokener_new_ex(DEPTH_MAX);
	struct json_object *document;
	bool good;

	if (!tokener)
		allocate_failed();
	document = json_tokener_parse_ex(tokener, text, (int)size);
	good = document && read_document(document, names);
	json_object_put(document);
	json_tokener_free(tokener);
	return good;
}
