/* SPDX-License-Identifier: MIT */
#include "analyzer/pack/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/regular_file.h"
#include "analyzer/base/utf8.h"
#include "analyzer/pack/pack_names.h"
#include "analyzer/pack/pack_symbols.h"

#define BLOCK 65536

/* Holes cost nothing; no recorder makes a larger one. */
#define FILE_SIZE_MAX (1ll << 40)

/* What is zero in so many bytes is not written. */
#define PAGE 4096u

/* Who owns what root takes out of a pack: code is named with that user's rights. */
#define NOBODY 65534

struct unpacking {
	const char *path; /* of the pack */
	const char *into;
	struct archive *archive;
	struct imported_names *names;
	uint64_t inflated;
	unsigned int entries;
};

bool pack_is(const char *path)
{
	static const unsigned char magic[] = { 0x28, 0xb5, 0x2f, 0xfd };
	unsigned char begin[sizeof(magic)];
	struct stat status;
	int fd = regular_file_open(path, &status);
	bool found;

	if (fd < 0)
		return false;
	found = read(fd, begin, sizeof(begin)) == sizeof(begin) &&
		memcmp(begin, magic, sizeof(magic)) == 0;
	close(fd);
	return found;
}

/* Always false. NAME may be anything: one of the pack's, or NULL. */
static bool refuse(const struct unpacking *unpacking, const char *name, const char *why)
{
	fputs("finleak: ", stderr);
	utf8_print_escaped(stderr, unpacking->path);
	fputs(" is not a readable pack: ", stderr);
	if (name) {
		utf8_print_escaped(stderr, name);
		fputs(": ", stderr);
	}
	utf8_print_escaped(stderr, why ? why : "unknown error");
	fputc('\n', stderr);
	return false;
}

static bool charge(struct unpacking *unpacking, const char *name, uint64_t size)
{
	unpacking->inflated += size;
	return unpacking->inflated <= PACK_INFLATED_MAX ||
	       refuse(unpacking, name, "there is too much in it");
}

static bool is_zero(const char *bytes, size_t size)
{
	return size == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, size - 1) == 0);
}

/* Pages of zeros become holes. Returns false with errno. */
static bool write_sparse(int fd, const char *bytes, size_t size, int64_t offset)
{
	while (size) {
		size_t length = size < PAGE ? size : PAGE;

		if (!is_zero(bytes, length) && pwrite(fd, bytes, length, offset) != (ssize_t)length)
			return false;
		bytes += length;
		offset += (int64_t)length;
		size -= length;
	}
	return true;
}

static bool take_data(struct unpacking *unpacking, int fd, const char *name, int64_t file_size)
{
	la_int64_t offset;
	const void *bytes;
	size_t size;
	int result;

	while ((result = archive_read_data_block(unpacking->archive, &bytes, &size, &offset)) ==
	       ARCHIVE_OK) {
		if (!charge(unpacking, name, size))
			return false;
		if (offset < 0 || offset > file_size || (int64_t)size > file_size - offset)
			return refuse(unpacking, name, "it is longer than its header claims");
		if (!write_sparse(fd, bytes, size, offset))
			return refuse(unpacking, name, strerror(errno));
	}
	if (result != ARCHIVE_EOF)
		return refuse(unpacking, name, archive_error_string(unpacking->archive));
	return ftruncate(fd, file_size) == 0 || refuse(unpacking, name, strerror(errno));
}

/* Creates the folders that NAME, which is good, has in it. */
static void make_folders(const char *into, const char *name)
{
	const char *slash;

	for (slash = strchr(name, '/'); slash; slash = strchr(slash + 1, '/')) {
		char *folder = allocate_printed("%s/%.*s", into, (int)(slash - name), name);

		mkdir(folder, 0700);
		free(folder);
	}
}

static bool take_file(struct unpacking *unpacking, const char *name, int64_t size)
{
	char *path = allocate_printed("%s/%s", unpacking->into, name);
	bool good;
	int fd;

	make_folders(unpacking->into, name);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	free(path);
	if (fd < 0)
		return refuse(unpacking, name, strerror(errno));
	good = take_data(unpacking, fd, name, size);
	/* Where root is not the machine's there may be no such user, and no rights to lose. */
	if (good && geteuid() == 0 && fchown(fd, NOBODY, NOBODY) < 0 && errno != EINVAL)
		good = refuse(unpacking, name, strerror(errno));
	close(fd);
	return good;
}

static bool take_symbols(struct unpacking *unpacking, int64_t size)
{
	char *text;
	bool good;

	if (size > PACK_SYMBOLS_MAX || !charge(unpacking, PACK_SYMBOLS, (uint64_t)size))
		return refuse(unpacking, PACK_SYMBOLS, "it is too large");
	text = allocate_zeroed((size_t)size + 1, 1);
	good = archive_read_data(unpacking->archive, text, (size_t)size) == size;
	if (!good)
		refuse(unpacking, PACK_SYMBOLS, archive_error_string(unpacking->archive));
	else if (!pack_symbols_read(text, (size_t)size, unpacking->names))
		good = refuse(unpacking, PACK_SYMBOLS, "it has no names of code");
	free(text);
	return good;
}

static bool take_entry(struct unpacking *unpacking, struct archive_entry *entry)
{
	const char *name = archive_entry_pathname(entry);
	int64_t size = archive_entry_size(entry);

	if (++unpacking->entries > PACK_ENTRIES_MAX)
		return refuse(unpacking, NULL, "there are too many files in it");
	if (!name || archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
	    archive_entry_symlink(entry))
		return refuse(unpacking, name, "it is not a file");
	if (!archive_entry_size_is_set(entry) || size < 0 || size > FILE_SIZE_MAX)
		return refuse(unpacking, name, "its size is impossible");
	if (strcmp(name, PACK_SYMBOLS) == 0)
		return take_symbols(unpacking, size);
	if (!pack_name_is_good(name))
		return refuse(unpacking, name, "no pack has a file of that name");
	return take_file(unpacking, name, size);
}

bool pack_read(const char *path, const char *into, struct imported_names *names)
{
	struct unpacking unpacking = { path, into, archive_read_new(), names, 0, 0 };
	struct archive_entry *entry;
	bool good = true;
	int result;

	if (!unpacking.archive)
		allocate_failed();
	archive_read_support_filter_zstd(unpacking.archive);
	archive_read_support_format_tar(unpacking.archive);
	result = archive_read_open_filename(unpacking.archive, path, BLOCK);
	if (result == ARCHIVE_OK)
		while (good &&
		       (result = archive_read_next_header(unpacking.archive, &entry)) == ARCHIVE_OK)
			good = take_entry(&unpacking, entry);
	if (good && result != ARCHIVE_EOF)
		good = refuse(&unpacking, NULL, archive_error_string(unpacking.archive));
	archive_read_free(unpacking.archive);
	return good;
}
