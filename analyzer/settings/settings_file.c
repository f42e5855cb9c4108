/* SPDX-License-Identifier: MIT */
#include "analyzer/settings/settings_file.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/exit_status.h"
#include "analyzer/base/regular_file.h"
#include "analyzer/base/whole_file.h"
#include "analyzer/gate/malformed.h"

/* The nearest file from the working folder upwards; NULL: there is none. The caller frees it. */
static char *nearest(void)
{
	char *folder = getcwd(NULL, 0), *slash, *path;
	struct stat status;

	while (folder) {
		path = allocate_printed("%s/" SETTINGS_NAME, folder);
		if (lstat(path, &status) == 0) {
			free(folder);
			return path;
		}
		free(path);
		slash = strrchr(folder, '/');
		if (!slash || !folder[0])
			break;
		*slash = '\0';
	}
	free(folder);
	return NULL;
}

static bool is_trusted(uid_t owner)
{
	const char *caller = getenv("SUDO_UID");
	char *rest;

	if (owner == geteuid() || owner == 0)
		return true;
	/* As git does: who calls sudo in a checkout of his own means that one. */
	if (geteuid() != 0 || !caller || !caller[0])
		return false;
	errno = 0;
	return strtoul(caller, &rest, 10) == owner && !*rest && !errno;
}

/* Is the file at PATH, with STATUS, or a link in its place, one that the user may have meant? */
static bool check_owner(const char *path, const struct stat *status)
{
	struct stat link;

	if (lstat(path, &link) < 0)
		return malformed_unreadable(path);
	if (is_trusted(link.st_uid) && is_trusted(status->st_uid))
		return true;
	return malformed(path, 0,
			 "it belongs to another user (uid %u) and is not used: --settings=FILE "
			 "trusts it, --no-settings ignores it",
			 (unsigned int)(is_trusted(link.st_uid) ? status->st_uid : link.st_uid));
}

/* FOUND: nobody has named it. Returns false with one line on stderr. */
static bool read_document(struct settings_file *file, bool found)
{
	struct stat status;
	char *text = NULL;
	size_t size = 0;
	int fd = regular_file_open(file->path, &status);

	if (fd < 0 && errno == EINVAL)
		return malformed(file->path, 0, "it is not a regular file");
	if (fd < 0)
		return malformed_unreadable(file->path);
	if (!found || check_owner(file->path, &status)) {
		text = whole_file_read_open(fd, TOML_SIZE_MAX, &size);
		if (!text)
			malformed_unreadable(file->path);
	}
	close(fd);
	if (!text)
		return false;
	toml_read(&file->document, text, size);
	free(text);
	if (file->document.error)
		return malformed(file->path, file->document.error_line, "%s", file->document.error);
	return true;
}

void settings_file_read(struct settings_file *file, const char *named)
{
	*file = (struct settings_file){ .path = named ? allocate_text(named) : nearest() };
	if (!file->path)
		return;
	if (!read_document(file, !named))
		exit(EXIT_NOT_JUDGED);
}

void settings_file_clear(struct settings_file *file)
{
	toml_clear(&file->document);
	free(file->path);
	file->path = NULL;
}
