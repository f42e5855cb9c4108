/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/naming_message.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "analyzer/base/allocate.h"

/* 64 names, each with a path: far less. */
#define MESSAGE_MAX (1u << 22)
#define ROOM_MIN    512u

void message_clear(struct message *message)
{
	free(message->bytes);
	*message = (struct message){ 0 };
}

void message_restart(struct message *message)
{
	message->size = message->place = 0;
	message->is_short = false;
}

static void make_room(struct message *message, size_t size)
{
	size_t room = message->room ? message->room : ROOM_MIN;
	char *longer;

	while (room - message->size < size)
		room *= 2;
	if (room == message->room)
		return;
	longer = realloc(message->bytes, room);
	if (!longer)
		allocate_failed();
	message->bytes = longer;
	message->room = room;
}

void message_put(struct message *message, const void *bytes, size_t size)
{
	make_room(message, size);
	if (size)
		memcpy(message->bytes + message->size, bytes, size);
	message->size += size;
}

void message_put_number(struct message *message, uint64_t number)
{
	message_put(message, &number, sizeof(number));
}

void message_put_bytes(struct message *message, const void *bytes, size_t size)
{
	message_put_number(message, size);
	message_put(message, bytes, size);
}

void message_put_text(struct message *message, const char *text)
{
	message_put_bytes(message, text, text ? strlen(text) + 1 : 0);
}

static const char *take(struct message *message, uint64_t size)
{
	const char *bytes = message->bytes + message->place;

	if (message->is_short || size > message->size - message->place) {
		message->is_short = true;
		return NULL;
	}
	message->place += (size_t)size;
	return bytes;
}

uint64_t message_take_number(struct message *message)
{
	uint64_t number;
	const char *bytes = take(message, sizeof(number));

	if (!bytes)
		return 0;
	memcpy(&number, bytes, sizeof(number));
	return number;
}

const void *message_take_bytes(struct message *message, size_t *size)
{
	const char *bytes;

	*size = (size_t)message_take_number(message);
	bytes = take(message, *size);
	if (!bytes)
		*size = 0;
	return bytes;
}

const char *message_take_text(struct message *message)
{
	size_t size;
	const char *text = message_take_bytes(message, &size);

	if (!text || size == 0)
		return NULL;
	if (text[size - 1] == '\0')
		return text;
	message->is_short = true;
	return NULL;
}

static bool send_all(int fd, const void *bytes, size_t size)
{
	const char *place = bytes;

	while (size) {
		ssize_t sent = send(fd, place, size, MSG_NOSIGNAL);

		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return false;
		place += sent;
		size -= (size_t)sent;
	}
	return true;
}

static bool receive_all(int fd, void *bytes, size_t size)
{
	char *place = bytes;

	while (size) {
		ssize_t got = recv(fd, place, size, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return false;
		place += got;
		size -= (size_t)got;
	}
	return true;
}

bool message_send(int fd, const struct message *message)
{
	uint64_t size = message->size;

	return send_all(fd, &size, sizeof(size)) && send_all(fd, message->bytes, message->size);
}

bool message_receive(int fd, struct message *message)
{
	uint64_t size;

	message_restart(message);
	if (!receive_all(fd, &size, sizeof(size)) || size > MESSAGE_MAX)
		return false;
	make_room(message, (size_t)size);
	message->size = (size_t)size;
	return receive_all(fd, message->bytes, message->size);
}
