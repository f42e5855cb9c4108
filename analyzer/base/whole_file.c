/* SPDX-License-Identifier: MIT */
#include "analyzer/base/whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"

#define CHUNK 65536

/* TEXT with room for CHUNK more bytes and a NUL behind SIZE. */
static char *with_room(char *text, size_t size)
{
	char *larger = realloc(text, size + CHUNK + 1);

	if (!larger)
		allocate_failed();
	return larger;
}

/* Returns 0 or an errno. */
static int read_all(int fd, size_t max, char **text, size_t *size)
{
	ssize_t length;

	do {
		*text = with_room(*text, *size);
		do
			length = read(fd, *text + *size, CHUNK);
		while (length < 0 && errno == EINTR);
		if (length < 0)
			return errno;
		*size += (size_t)length;
		if (*size > max)
			return EFBIG;
	} while (length > 0);
	(*text)[*size] = '\0';
	return 0;
}

char *whole_file_read_open(int fd, size_t max, size_t *size)
{
	char *text = NULL;
	int failure;

	*size = 0;
	failure = read_all(fd, max, &text, size);
	if (!failure)
		return text;
	free(text);
	errno = failure;
	return NULL;
}

char *whole_file_read(const char *path, size_t max, size_t *size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY), failure;
	char *text;

	if (fd < 0)
		return NULL;
	text = whole_file_read_open(fd, max, size);
	failure = errno;
	close(fd);
	errno = failure;
	return text;
}

unsigned int whole_file_line(const char *text, size_t offset)
{
	unsigned int line = 1;
	size_t i;

	for (i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}
