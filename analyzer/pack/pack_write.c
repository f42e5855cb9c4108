/* SPDX-License-Identifier: MIT */
#include "analyzer/pack/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/utf8.h"
#include "analyzer/pack/pack_names.h"

#define LEVEL "12"
#define CHUNK (1u << 20)

struct packing {
	struct archive *archive;
	struct archive *disk; /* knows where files have holes */
	char *buffer;         /* CHUNK bytes */
};

/* Always false. */
static bool cannot_pack(const char *path, const char *why)
{
	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, path);
	fputs(" cannot be packed: ", stderr);
	utf8_print_escaped(stderr, why ? why : "unknown error");
	fputc('\n', stderr);
	return false;
}

/* Nothing of who packed, and where. */
static void make_anonymous(struct archive_entry *entry, const char *name)
{
	archive_entry_set_pathname(entry, name);
	archive_entry_set_filetype(entry, AE_IFREG);
	archive_entry_set_perm(entry, 0600);
	archive_entry_set_uid(entry, 0);
	archive_entry_set_gid(entry, 0);
	archive_entry_set_uname(entry, NULL);
	archive_entry_set_gname(entry, NULL);
	archive_entry_unset_atime(entry);
	archive_entry_unset_ctime(entry);
	archive_entry_unset_birthtime(entry);
	archive_entry_acl_clear(entry);
	archive_entry_xattr_clear(entry);
}

static bool write_all(struct packing *packing, const char *bytes, size_t size)
{
	while (size) {
		la_ssize_t written = archive_write_data(packing->archive, bytes, size);

		if (written <= 0)
			return written == 0;
		bytes += written;
		size -= (size_t)written;
	}
	return true;
}

/* SIZE bytes of FD. A recording that is still written may shrink: zeros take the place. */
static bool write_file(struct packing *packing, int fd, int64_t size)
{
	int64_t left = size;

	while (left > 0) {
		size_t wanted = left < (int64_t)CHUNK ? (size_t)left : CHUNK;
		ssize_t length = read(fd, packing->buffer, wanted);

		if (length <= 0) {
			length = (ssize_t)wanted;
			memset(packing->buffer, 0, wanted);
		}
		if (!write_all(packing, packing->buffer, (size_t)length))
			return false;
		left -= length;
	}
	return true;
}

static bool pack_open_file(struct packing *packing, int fd, const char *path, const char *name)
{
	struct archive_entry *entry = archive_entry_new();
	struct stat status;
	bool good = false;

	if (!entry)
		allocate_failed();
	archive_entry_copy_sourcepath(entry, path);
	if (fstat(fd, &status) < 0) {
		cannot_pack(path, strerror(errno));
	} else if (archive_read_disk_entry_from_file(packing->disk, entry, fd, &status) !=
		   ARCHIVE_OK) {
		cannot_pack(path, archive_error_string(packing->disk));
	} else {
		make_anonymous(entry, name);
		good = archive_write_header(packing->archive, entry) == ARCHIVE_OK &&
		       write_file(packing, fd, archive_entry_size(entry));
		if (!good)
			cannot_pack(path, archive_error_string(packing->archive));
	}
	archive_entry_free(entry);
	return good;
}

static bool pack_file(struct packing *packing, const char *path, const char *name)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
	bool good;

	/* A recorder renames and replaces files. */
	if (fd < 0)
		return errno == ENOENT || cannot_pack(path, strerror(errno));
	good = pack_open_file(packing, fd, path, name);
	close(fd);
	return good;
}

static bool pack_text(struct packing *packing, const char *name, const char *text, size_t size)
{
	struct archive_entry *entry = archive_entry_new();
	bool good;

	if (!entry)
		allocate_failed();
	make_anonymous(entry, name);
	archive_entry_set_size(entry, (la_int64_t)size);
	good = archive_write_header(packing->archive, entry) == ARCHIVE_OK &&
	       write_all(packing, text, size);
	if (!good)
		cannot_pack(name, archive_error_string(packing->archive));
	archive_entry_free(entry);
	return good;
}

static int by_name(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* The names in FOLDER, sorted, *COUNT of them; each and the list are the caller's. */
static char **list_folder(const char *folder, size_t *count)
{
	DIR *directory = opendir(folder);
	struct dirent *entry;
	char **names = NULL;

	*count = 0;
	while (directory && (entry = readdir(directory)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		*(char **)allocate_next(&names, *count, sizeof(*names)) =
			allocate_text(entry->d_name);
		++*count;
	}
	if (directory)
		closedir(directory);
	if (*count)
		qsort(names, *count, sizeof(*names), by_name);
	return names;
}

/* FOLDER, called NAME in the pack, with those in it; links are left out. */
static bool pack_folder(struct packing *packing, const char *folder, const char *name,
			unsigned int depth)
{
	bool good = true;
	size_t count, i;
	char **names = list_folder(folder, &count);

	for (i = 0; i < count; i++) {
		char *path = allocate_printed("%s/%s", folder, names[i]);
		char *packed = allocate_printed("%s%s", name, names[i]), *below;
		struct stat status;

		if (good && lstat(path, &status) == 0) {
			below = allocate_printed("%s/", packed);
			if (S_ISREG(status.st_mode) && pack_name_is_good(packed))
				good = pack_file(packing, path, packed);
			else if (S_ISDIR(status.st_mode) && depth < PACK_DEPTH_MAX)
				good = pack_folder(packing, path, below, depth + 1);
			free(below);
		}
		free(packed);
		free(path);
		free(names[i]);
	}
	free(names);
	return good;
}

bool pack_write(FILE *out, const char *folder, const char *symbols, size_t symbols_size)
{
	struct packing packing = { archive_write_new(), archive_read_disk_new(), NULL };
	bool good = false;

	if (!packing.archive || !packing.disk)
		allocate_failed();
	packing.buffer = allocate_zeroed(CHUNK, 1);
	if (archive_write_set_format_pax(packing.archive) != ARCHIVE_OK ||
	    archive_write_add_filter_zstd(packing.archive) != ARCHIVE_OK ||
	    archive_write_set_filter_option(packing.archive, "zstd", "compression-level", LEVEL) !=
		    ARCHIVE_OK ||
	    /* No padding: it would be taken for a frame of zstd. */
	    archive_write_set_bytes_in_last_block(packing.archive, 1) != ARCHIVE_OK ||
	    archive_write_open_FILE(packing.archive, out) != ARCHIVE_OK)
		cannot_pack(folder, archive_error_string(packing.archive));
	else
		good = pack_text(&packing, PACK_SYMBOLS, symbols, symbols_size) &&
		       pack_folder(&packing, folder, PACK_RECORDINGS, 0);
	if (archive_write_close(packing.archive) != ARCHIVE_OK && good)
		good = cannot_pack(folder, archive_error_string(packing.archive));
	archive_write_free(packing.archive);
	archive_read_free(packing.disk);
	free(packing.buffer);
	return good;
}
