/* SPDX-License-Identifier: MIT */
/* Writes messages as protobuf encodes them: the little of it that a profile needs. */
#ifndef FINLEAK_PROTOBUF_H
#define FINLEAK_PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

/* A message that is being written; zeroed at first. */
struct protobuf {
	unsigned char *bytes;
	size_t size;
	size_t room;
};

/* Each appends FIELD to MESSAGE. A number of 0 is what a reader takes a missing one for. */
void protobuf_number(struct protobuf *message, unsigned int field, uint64_t number);
void protobuf_bytes(struct protobuf *message, unsigned int field, const void *bytes, size_t size);
void protobuf_text(struct protobuf *message, unsigned int field, const char *text);

/* Appends INNER as FIELD of MESSAGE, and clears it. */
void protobuf_message(struct protobuf *message, unsigned int field, struct protobuf *inner);

/* Appends the fields of OTHER to MESSAGE. */
void protobuf_join(struct protobuf *message, const struct protobuf *other);

/* Appends NUMBER without a field: an item of a packed list, which is a message of such. */
void protobuf_item(struct protobuf *list, uint64_t number);

void protobuf_clear(struct protobuf *message);

#endif
