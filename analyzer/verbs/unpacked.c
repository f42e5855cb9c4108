/* SPDX-License-Identifier: MIT */
#include "analyzer/verbs/unpacked.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "analyzer/base/allocate.h"
#include "analyzer/pack/pack.h"

/* The pack PATH as a folder; NULL with one line on stderr. The caller frees it. */
static char *unpack(struct unpacked *unpacked, const char *path, struct imported_names *names)
{
	char *folder;

	if (!unpacked->folder.path && !temporary_folder_make(&unpacked->folder))
		return NULL;
	folder = allocate_printed("%s/%zu", unpacked->folder.path, unpacked->count);
	if (mkdir(folder, 0700) == 0 && pack_read(path, folder, names))
		return folder;
	free(folder);
	return NULL;
}

bool unpacked_make(struct unpacked *unpacked, char *const *paths, size_t count,
		   struct imported_names *names)
{
	size_t i;

	*unpacked = (struct unpacked){ .paths = allocate_zeroed(count + 1, sizeof(char *)) };
	for (i = 0; i < count; i++) {
		char *path = pack_is(paths[i]) ? unpack(unpacked, paths[i], names)
					       : allocate_text(paths[i]);

		if (!path)
			return false;
		unpacked->paths[unpacked->count++] = path;
	}
	return true;
}

void unpacked_clear(struct unpacked *unpacked)
{
	size_t i;

	temporary_folder_remove(&unpacked->folder);
	for (i = 0; i < unpacked->count; i++)
		free(unpacked->paths[i]);
	free(unpacked->paths);
	*unpacked = (struct unpacked){ 0 };
}
