/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/attached_scripts.h"

#include "preload/runtimes/python/python_version.h"

/* A program python* has its library after a few of ATTACH_READ_MS, or has none. */
#define SEARCHES_MAX 50

static bool may_have_one(const struct attached_process *process, const char *path)
{
	if (process->python)
		return false;
	if (path && (python_is_named(path, "libpython") || python_is_named(path, "python")))
		return true;
	return process->python_searches == 0 ||
	       (process->python_searches < SEARCHES_MAX &&
		python_is_named(process->program.executable, "python"));
}

void attached_scripts_search(struct attached_process *process, const char *path)
{
	if (!may_have_one(process, path))
		return;
	process->python_searches++;
	process->python = target_python_find(process->pid);
	process->python_news = process->python != NULL;
}
