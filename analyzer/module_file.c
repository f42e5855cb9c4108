/* SPDX-License-Identifier: MIT */
#include "analyzer/module_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "analyzer/allocate.h"
#include "analyzer/elf_identity.h"

/* What the kernel and /proc append to the name of an unlinked file. */
#define DELETED_SUFFIX " (deleted)"

void module_places_set(struct module_places *places, const char *sysroot, const char *debug_dir)
{
	/* The parts before /usr/lib/debug: beside the module, and .debug beside it. */
	char *path = allocate_text(":.debug:/usr/lib/debug"), *longer, *absolute;

	memset(places, 0, sizeof(*places));
	if (sysroot) {
		places->sysroot = allocate_text(sysroot);
		absolute = realpath(sysroot, NULL);
		if (absolute) {
			longer = allocate_printed("%s:%s/usr/lib/debug", path, absolute);
			free(path);
			path = longer;
		}
		free(absolute);
	}
	absolute = debug_dir ? realpath(debug_dir, NULL) : NULL;
	if (absolute) {
		longer = allocate_printed("%s:%s", path, absolute);
		free(path);
		path = longer;
	}
	free(absolute);
	places->debuginfo_path = path;
	places->callbacks = (Dwfl_Callbacks){
		.find_elf = dwfl_build_id_find_elf,
		.find_debuginfo = dwfl_standard_find_debuginfo,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &places->debuginfo_path,
	};
}

void module_places_clear(struct module_places *places)
{
	free(places->sysroot);
	free(places->debuginfo_path);
	memset(places, 0, sizeof(*places));
}

/* Names of code that never was a file: the vdso, "[vsyscall]", anonymous memory. */
static bool names_no_file(const char *path)
{
	return !path[0] || path[0] == '[' || strncmp(path, "linux-vdso", 10) == 0 ||
	       strncmp(path, "linux-gate", 10) == 0 || strncmp(path, "/memfd:", 7) == 0 ||
	       strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/SYSV", 5) == 0;
}

static bool is_recorded_file(int fd, const struct stat *status, const struct code_module *module)
{
	struct elf_identity identity;

	if (!elf_identity_read(fd, &identity))
		return false;
	if (module->build_id_size)
		return identity.build_id_size == module->build_id_size &&
		       memcmp(identity.build_id, module->build_id, module->build_id_size) == 0;
	/* It had no build-id: one that has is another, and else size and time must agree. */
	return identity.build_id_size == 0 && module->file_size != 0 &&
	       module->file_size == (uint64_t)status->st_size &&
	       module->file_mtime_ns ==
		       (int64_t)status->st_mtim.tv_sec * 1000000000 + status->st_mtim.tv_nsec;
}

/* Opens PATH where it is the recorded file, else -1; *changed is set where it is another one. */
static int open_recorded(const char *path, const struct code_module *module, bool *changed)
{
	struct stat status;
	int fd;

	/* The path comes from a recording and may name anything. */
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -1;
	if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)) {
		if (is_recorded_file(fd, &status, module))
			return fd;
		*changed = true;
	}
	close(fd);
	return -1;
}

/* Reports the one module of a session of its own. FD is taken over. */
static bool report_file(struct module_places *places, const char *path, int fd,
			struct module_file *file)
{
	file->dwfl = dwfl_begin(&places->callbacks);
	if (!file->dwfl) {
		close(fd);
		return false;
	}
	dwfl_report_begin(file->dwfl);
	/* Base 0 plus p_vaddr: addresses of the session are those of the file. */
	file->module = dwfl_report_elf(file->dwfl, path, path, fd, 0, true);
	if (!file->module)
		close(fd);
	if (dwfl_report_end(file->dwfl, NULL, NULL) == 0 && file->module)
		return true;
	dwfl_end(file->dwfl);
	file->dwfl = NULL;
	file->module = NULL;
	return false;
}

/*
 * A separate debug file with the recorded build-id, by libdwfl's search (.build-id folders,
 * debuginfod) in a session that knows nothing of the module but its build-id. -1: none.
 */
static int open_debug_file(struct module_places *places, const struct code_module *module)
{
	struct elf_identity identity;
	Dwfl *dwfl = dwfl_begin(&places->callbacks);
	Dwfl_Module *searched;
	char *name = NULL;
	void *userdata = NULL;
	int fd = -1;

	if (!dwfl)
		return -1;
	dwfl_report_begin(dwfl);
	searched = dwfl_report_module(dwfl, "recorded", 0, UINT64_MAX);
	if (dwfl_report_end(dwfl, NULL, NULL) != 0 || !searched)
		goto out;
	if (dwfl_module_report_build_id(searched, module->build_id, module->build_id_size, 0) != 0)
		goto out;
	fd = dwfl_standard_find_debuginfo(searched, &userdata, "recorded", 0, NULL, NULL, 0, &name);
	if (fd < 0 && name)
		fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd >= 0 &&
	    (!elf_identity_read(fd, &identity) || identity.build_id_size != module->build_id_size ||
	     memcmp(identity.build_id, module->build_id, module->build_id_size) != 0)) {
		close(fd);
		fd = -1;
	}
out:
	free(name);
	dwfl_end(dwfl);
	return fd;
}

/* Looks below sysroot, then at the path itself. */
static int find_recorded(struct module_places *places, const char *path,
			 const struct code_module *module, bool *changed)
{
	int fd = -1;

	if (places->sysroot) {
		char *below = allocate_printed("%s/%s", places->sysroot, path);

		fd = open_recorded(below, module, changed);
		free(below);
	}
	return fd >= 0 ? fd : open_recorded(path, module, changed);
}

void module_file_open(struct module_places *places, const struct code_module *module,
		      struct module_file *file)
{
	char *path = allocate_text(module->path);
	size_t length = strlen(path), suffix = strlen(DELETED_SUFFIX);
	bool deleted = false;
	int fd = -1;

	memset(file, 0, sizeof(*file));
	file->found = MODULE_FILE_NONE;
	if (length > suffix && strcmp(path + length - suffix, DELETED_SUFFIX) == 0) {
		path[length - suffix] = '\0';
		deleted = true;
	}
	if (!names_no_file(path))
		fd = find_recorded(places, path, module, &file->changed);
	/* Another file in the place of an unlinked one is no surprise. */
	if (deleted)
		file->changed = false;
	if (fd >= 0) {
		file->changed = false;
		if (report_file(places, path, fd, file))
			file->found = MODULE_FILE_SAME;
		goto out;
	}
	fd = module->build_id_size ? open_debug_file(places, module) : -1;
	if (fd >= 0 && report_file(places, path, fd, file))
		file->found = MODULE_FILE_DEBUG_ONLY;
	else if (file->changed)
		file->found = MODULE_FILE_CHANGED;
out:
	free(path);
}

void module_file_close(struct module_file *file)
{
	if (file->dwfl)
		dwfl_end(file->dwfl);
	memset(file, 0, sizeof(*file));
}
