/* SPDX-License-Identifier: MIT */
/*
 * Messages between finleak and a process that names code. What comes out of one is checked: a
 * process that reads hostile files may have become hostile.
 */
#ifndef FINLEAK_NAMING_MESSAGE_H
#define FINLEAK_NAMING_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers and texts, one after the other. Zeroed: an empty one. End with message_clear(). */
struct message {
	char *bytes;
	size_t size, room;
	size_t place;  /* of what is taken next */
	bool is_short; /* something was taken that is not there */
};

void message_clear(struct message *message);

/* Empties MESSAGE and keeps its memory. */
void message_restart(struct message *message);

/* Bytes as they are: of another message. */
void message_put(struct message *message, const void *bytes, size_t size);

void message_put_number(struct message *message, uint64_t number);
void message_put_bytes(struct message *message, const void *bytes, size_t size);
void message_put_text(struct message *message, const char *text); /* NULL is kept apart from "" */

/*
 * What was put, in the same order. Behind the end of a message, and from a damaged one: 0, NULL,
 * and is_short. Texts and bytes are borrowed until the message changes.
 */
uint64_t message_take_number(struct message *message);
const void *message_take_bytes(struct message *message, size_t *size);
const char *message_take_text(struct message *message);

/* Sends MESSAGE to socket FD, as one. False: the other side is gone. */
bool message_send(int fd, const struct message *message);

/* Receives one (in parts, if need be) in place of what is in MESSAGE. False: the other side is
 * gone, or sends more than any message is long. */
bool message_receive(int fd, struct message *message);

#endif
