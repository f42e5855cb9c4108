/* SPDX-License-Identifier: MIT */
#include "analyzer/base/printed_text.h"

#include <stdbool.h>
#include <string.h>

#include "analyzer/base/allocate.h"

/* One for each text that was ever begun inside another: few. */
struct stream {
	FILE *out;
	char *text;  /* what was printed, and a part of what was printed before */
	size_t size; /* as the stream sees it: of all that was ever printed, maybe */
	bool in_use;
	struct stream *next;
};

static struct stream *streams;

static struct stream *new_stream(void)
{
	struct stream *stream = allocate_zeroed(1, sizeof(*stream));

	stream->out = open_memstream(&stream->text, &stream->size);
	if (!stream->out)
		allocate_failed();
	stream->next = streams;
	streams = stream;
	return stream;
}

FILE *printed_text_begin(void)
{
	struct stream *stream = streams;

	while (stream && stream->in_use)
		stream = stream->next;
	if (!stream)
		stream = new_stream();
	stream->in_use = true;
	return stream->out;
}

char *printed_text_end(FILE *out)
{
	struct stream *stream = streams;
	char *text;
	size_t size;

	while (stream->out != out)
		stream = stream->next;
	if (fflush(out) != 0 || ferror(out))
		allocate_failed();
	size = (size_t)ftell(out);
	text = allocate_zeroed(size + 1, 1);
	memcpy(text, stream->text, size);
	rewind(out);
	stream->in_use = false;
	return text;
}
