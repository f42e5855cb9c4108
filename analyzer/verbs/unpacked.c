/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/unpacked.h"

#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/utf8.h"
#include "analyzer/pack/pack.h"

#define OPEN_MAX_WHILE_REMOVING 16

static bool make_folder(struct unpacked *unpacked)
{
	const char *temporary = getenv("TMPDIR");

	if (unpacked->folder)
		return true;
	unpacked->folder = allocate_printed("%s/finleak-pack.XXXXXX",
					    temporary && temporary[0] ? temporary : "/tmp");
	if (mkdtemp(unpacked->folder))
		return true;
	fputs("finleak: cannot create ", stderr);
	utf8_print_escaped(stderr, unpacked->folder);
	fprintf(stderr, ": %s\n", strerror(errno));
	free(unpacked->folder);
	unpacked->folder = NULL;
	return false;
}

/* The pack PATH as a folder; NULL with one line on stderr. The caller frees it. */
static char *unpack(struct unpacked *unpacked, const char *path, struct imported_names *names)
{
	char *folder;

	if (!make_folder(unpacked))
		return NULL;
	folder = allocate_printed("%s/%zu", unpacked->folder, unpacked->count);
	if (mkdir(folder, 0700) == 0 && pack_read(path, folder, names))
		return folder;
	free(folder);
	return NULL;
}

bool unpacked_make(struct unpacked *unpacked, char *const *paths, size_t count,
		   struct imported_names *names)
{
	size_t i;

	*unpacked = (struct unpacked){ allocate_zeroed(count + 1, sizeof(char *)), 0, NULL };
	for (i = 0; i < count; i++) {
		char *path = pack_is(paths[i]) ? unpack(unpacked, paths[i], names)
					       : allocate_text(paths[i]);

		if (!path)
			return false;
		unpacked->paths[unpacked->count++] = path;
	}
	return true;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
	(void)status;
	(void)type;
	(void)walk;
	remove(path);
	return 0;
}

void unpacked_clear(struct unpacked *unpacked)
{
	size_t i;

	if (unpacked->folder)
		nftw(unpacked->folder, remove_one, OPEN_MAX_WHILE_REMOVING, FTW_DEPTH | FTW_PHYS);
	for (i = 0; i < unpacked->count; i++)
		free(unpacked->paths[i]);
	free(unpacked->paths);
	free(unpacked->folder);
	*unpacked = (struct unpacked){ NULL, 0, NULL };
}
