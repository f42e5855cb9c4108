/* SPDX-License-Identifier: MIT */
#include "analyzer/report/source_root.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"

/* Each names the checked out folder: GitHub Actions, GitLab, Jenkins, Azure Pipelines. */
static const char *const variables[] = {
	"GITHUB_WORKSPACE",
	"CI_PROJECT_DIR",
	"WORKSPACE",
	"BUILD_SOURCESDIRECTORY",
};

static bool is_work_tree(const char *folder)
{
	char *git = allocate_printed("%s/.git", folder);
	bool found = access(git, F_OK) == 0;

	free(git);
	return found;
}

/* The nearest folder from FOLDER upwards that is a work tree; NULL none. */
static char *work_tree_above(const char *folder)
{
	char *above = allocate_text(folder), *slash;

	while (!is_work_tree(above)) {
		slash = strrchr(above, '/');
		if (!slash || slash == above) {
			free(above);
			return NULL;
		}
		*slash = '\0';
	}
	return above;
}

char *source_root_find(void)
{
	char *folder, *root;
	size_t i;

	for (i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]);

		if (value && value[0] == '/')
			return allocate_text(value);
	}
	folder = getcwd(NULL, 0);
	if (!folder)
		return NULL;
	root = work_tree_above(folder);
	if (!root)
		return folder;
	free(folder);
	return root;
}

static bool is_below(const char *root, const char *relative)
{
	char *path = allocate_printed("%s/%s", root, relative);
	bool found = access(path, F_OK) == 0;

	free(path);
	return found;
}

const char *source_root_below(const char *root, const char *file)
{
	size_t length = root ? strlen(root) : 0;

	while (length && root[length - 1] == '/')
		length--;
	if (!root || !file[0])
		return NULL;
	if (file[0] != '/')
		return is_below(root, file) ? file : NULL;
	if (strncmp(file, root, length) != 0 || file[length] != '/' || !file[length + 1])
		return NULL;
	return file + length + 1;
}
