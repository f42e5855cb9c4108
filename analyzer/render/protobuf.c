/* SPDX-License-Identifier: MIT */
#include "analyzer/render/protobuf.h"

#include <stdlib.h>
#include <string.h>

#include "analyzer/base/allocate.h"

enum wire_type {
	WIRE_NUMBER = 0,
	WIRE_BYTES = 2,
};

static void put(struct protobuf *message, const void *bytes, size_t size)
{
	if (size > message->room - message->size) {
		message->room = 2 * message->room + size + 64;
		message->bytes = realloc(message->bytes, message->room);
		if (!message->bytes)
			allocate_failed();
	}
	if (size)
		memcpy(message->bytes + message->size, bytes, size);
	message->size += size;
}

void protobuf_item(struct protobuf *list, uint64_t number)
{
	unsigned char bytes[10];
	size_t size = 0;

	for (; number > 0x7f; number >>= 7)
		bytes[size++] = (unsigned char)(number | 0x80);
	bytes[size++] = (unsigned char)number;
	put(list, bytes, size);
}

static void begin_field(struct protobuf *message, unsigned int field, enum wire_type type)
{
	protobuf_item(message, (uint64_t)field << 3 | type);
}

void protobuf_number(struct protobuf *message, unsigned int field, uint64_t number)
{
	if (!number)
		return;
	begin_field(message, field, WIRE_NUMBER);
	protobuf_item(message, number);
}

void protobuf_bytes(struct protobuf *message, unsigned int field, const void *bytes, size_t size)
{
	begin_field(message, field, WIRE_BYTES);
	protobuf_item(message, size);
	put(message, bytes, size);
}

void protobuf_text(struct protobuf *message, unsigned int field, const char *text)
{
	protobuf_bytes(message, field, text, strlen(text));
}

void protobuf_message(struct protobuf *message, unsigned int field, struct protobuf *inner)
{
	protobuf_bytes(message, field, inner->bytes, inner->size);
	protobuf_clear(inner);
}

void protobuf_join(struct protobuf *message, const struct protobuf *other)
{
	put(message, other->bytes, other->size);
}

void protobuf_clear(struct protobuf *message)
{
	free(message->bytes);
	*message = (struct protobuf){ 0 };
}
