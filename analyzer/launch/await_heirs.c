/* SPDX-License-Identifier: MIT */
#include "analyzer/launch/await_heirs.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/clock.h"
#include "analyzer/recordings/process_end.h"
#include "analyzer/recordings/recording_names.h"
#include "analyzer/recordings/recordings.h"

#define WAIT_MAX_NS  NS_PER_S
#define WAIT_STEP_NS (5 * NS_PER_MS)

/* Reads the header of the recording NAME; false: it has none that this finleak knows. */
static bool read_header(int folder, const char *name, struct recording_header *header,
			struct stat *status)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	bool known;

	if (fd < 0)
		return false;
	known = fstat(fd, status) == 0 && S_ISREG(status->st_mode) &&
		pread(fd, header, sizeof(*header), 0) == sizeof(*header) &&
		memcmp(header->magic, RECORDING_MAGIC, sizeof(header->magic)) == 0 &&
		header->version == RECORDING_VERSION && header->header_size >= sizeof(*header);
	close(fd);
	return known;
}

static bool are_under_way(int folder, const char *path)
{
	struct mapped_recordings *mapped = mapped_recordings_new();
	struct recording_header header;
	bool under_way = false;
	struct stat status;
	size_t count, i;
	char **names = recordings_names(path, &count);

	for (i = 0; i < count && !under_way; i++)
		under_way = read_header(folder, names[i], &header, &status) &&
			    heirs_under_way(&header, status.st_dev, status.st_ino, mapped) > 0;
	recordings_names_free(names, count);
	mapped_recordings_free(mapped);
	return under_way;
}

void await_heirs(const char *folder)
{
	uint64_t start = clock_ns(CLOCK_MONOTONIC);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	while (are_under_way(fd, folder) && clock_ns(CLOCK_MONOTONIC) - start < WAIT_MAX_NS)
		clock_wait(WAIT_STEP_NS);
	close(fd);
}
