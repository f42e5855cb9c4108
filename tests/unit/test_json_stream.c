/* SPDX-License-Identifier: MIT */
/* What is written is JSON, whatever the texts hold. */
#include "tests/unit/unit.h"

#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"
#include "analyzer/render/json_stream.h"

struct document {
	struct json_buffer *buffer;
	FILE *out;
	char *text;
	size_t size;
};

static struct json_stream begin(struct document *document, char kind)
{
	document->buffer = allocate_zeroed(1, sizeof(*document->buffer));
	document->out = open_memstream(&document->text, &document->size);
	assert_non_null(document->out);
	document->buffer->out = document->out;
	return json_stream_begin(document->buffer, kind);
}

static void end(struct document *document, struct json_stream *stream)
{
	json_stream_end(stream);
	fclose(document->out);
	free(document->buffer);
}

/* TEXT as the one value of an array, without the array. */
static void assert_written(const char *text, const char *expected)
{
	struct document document;
	struct json_stream array = begin(&document, '[');
	char *whole = allocate_printed("[\n  %s\n]", expected);

	json_stream_text(&array, NULL, text);
	end(&document, &array);
	assert_string_equal(document.text, whole);
	free(document.text);
	free(whole);
}

static void texts_are_escaped(void **state)
{
	(void)state;
	assert_written("", "\"\"");
	assert_written("\xc3\xa9 \xf0\x9f\x98\x80 </script>",
		       "\"\xc3\xa9 \xf0\x9f\x98\x80 </script>\"");
	assert_written("\"\\/\b\f\n\r\t", "\"\\\"\\\\/\\b\\f\\n\\r\\t\"");
	assert_written("\x01\x1b[2J\x7f", "\"\\u0001\\u001b[2J\\u007f\"");
	/* CSI in one character, an override of direction, a line separator. */
	assert_written("\xc2\x9b"
		       "2J \xe2\x80\xae \xe2\x80\xa8",
		       "\"\\u009b2J \\u202e \\u2028\"");
	/* No UTF-8: a stray byte, an overlong slash, a surrogate, a cut character. */
	assert_written("a\xff", "\"a\xef\xbf\xbd\"");
	assert_written("\xc0\xaf", "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	assert_written("\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"");
}

static void values_have_a_line_each(void **state)
{
	struct json_stream object, inner, empty;
	struct document document;

	(void)state;
	object = begin(&document, '{');
	json_stream_count(&object, "zero", 0);
	json_stream_count(&object, "most", UINT64_MAX);
	json_stream_integer(&object, "least", INT64_MIN);
	json_stream_integer(&object, "one", 1);
	json_stream_bool(&object, "yes", true);
	json_stream_bool(&object, "no", false);
	json_stream_null(&object, "nothing");
	inner = json_stream_begin_inside(&object, "list", '[');
	json_stream_text(&inner, NULL, "x");
	empty = json_stream_begin_inside(&inner, NULL, '[');
	json_stream_end(&empty);
	empty = json_stream_begin_inside(&inner, NULL, '{');
	json_stream_end(&empty);
	json_stream_end(&inner);
	end(&document, &object);

	assert_string_equal(document.text, "{\n"
					   "  \"zero\": 0,\n"
					   "  \"most\": 18446744073709551615,\n"
					   "  \"least\": -9223372036854775808,\n"
					   "  \"one\": 1,\n"
					   "  \"yes\": true,\n"
					   "  \"no\": false,\n"
					   "  \"nothing\": null,\n"
					   "  \"list\": [\n"
					   "    \"x\",\n"
					   "    [],\n"
					   "    {}\n"
					   "  ]\n"
					   "}");
	free(document.text);
}

static void assert_decimal(double number, const char *expected)
{
	struct document document;
	struct json_stream array = begin(&document, '[');
	char *whole = allocate_printed("[\n  %s\n]", expected);

	json_stream_decimal(&array, NULL, number);
	end(&document, &array);
	assert_string_equal(document.text, whole);
	free(document.text);
	free(whole);
}

static void decimals_are_rounded(void **state)
{
	(void)state;
	assert_decimal(0, "0.000");
	assert_decimal(0.0004, "0.000");
	assert_decimal(0.0006, "0.001");
	assert_decimal(1.9996, "2.000");
	assert_decimal(3600000.125, "3600000.125");
	assert_decimal(18446744073709.551615, "18446744073709.000");
	assert_decimal(1e300, "18446744073709551615.000");
}

/* A text that is longer than the buffer, and many that fill it to the last byte. */
static void nothing_is_lost_at_the_border_of_the_buffer(void **state)
{
	const size_t size = 200000;
	char *text = allocate_zeroed(size + 1, 1);
	struct document document;
	struct json_stream array;
	struct json_object *parsed;
	int i;

	(void)state;
	memset(text, 'x', size);
	array = begin(&document, '[');
	json_stream_text(&array, NULL, text);
	text[99] = '\0';
	for (i = 0; i < 5000; i++)
		json_stream_text(&array, NULL, text + i % 99);
	end(&document, &array);
	parsed = json_tokener_parse(document.text);
	assert_int_equal(json_object_array_length(parsed), 5001);
	assert_int_equal(json_object_get_string_len(json_object_array_get_idx(parsed, 0)), size);
	for (i = 0; i < 5000; i++)
		assert_int_equal(json_object_get_string_len(
					 json_object_array_get_idx(parsed, (size_t)i + 1)),
				 99 - i % 99);
	json_object_put(parsed);
	free(document.text);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_escaped),
		cmocka_unit_test(values_have_a_line_each),
		cmocka_unit_test(decimals_are_rounded),
		cmocka_unit_test(nothing_is_lost_at_the_border_of_the_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
