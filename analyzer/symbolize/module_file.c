/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/module_file.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/progress.h"
#include "analyzer/symbolize/elf_identity.h"

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

static bool has_recorded_build_id(int fd, const struct code_module *module)
{
	struct elf_identity identity;

	return elf_identity_read(fd, &identity) &&
	       identity.build_id_size == module->build_id_size &&
	       memcmp(identity.build_id, module->build_id, module->build_id_size) == 0;
}

static bool is_recorded_file(int fd, const struct stat *status, const struct code_module *module)
{
	struct elf_identity identity;

	if (module->build_id_size)
		return has_recorded_build_id(fd, module);
	if (!elf_identity_read(fd, &identity))
		return false;
	/* It had no build-id: one that has is another, and else size and time must agree. */
	return identity.build_id_size == 0 && module->file_size != 0 &&
	       module->file_size == (uint64_t)status->st_size &&
	       module->file_mtime_ns == (int64_t)status->st_mtim.tv_sec * (int64_t)NS_PER_S +
						status->st_mtim.tv_nsec;
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

/* FOLDER/.build-id/xx/yyyy.debug, or -1. */
static int open_in_folder(const char *folder, size_t folder_length,
			  const struct code_module *module)
{
	char name[2 * RECORDED_BUILD_ID_MAX + 1] = "", *path;
	int fd;

	for (size_t i = 0; i < module->build_id_size && i < RECORDED_BUILD_ID_MAX; i++)
		snprintf(name + 2 * i, 3, "%02x", module->build_id[i]);
	path = allocate_printed("%.*s/.build-id/%.2s/%s.debug", (int)folder_length, folder, name,
				name + 2);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	free(path);
	if (fd < 0 || has_recorded_build_id(fd, module))
		return fd;
	close(fd);
	return -1;
}

/* From the servers in DEBUGINFOD_URLS; -1 where there are none or they don't have it. */
static int download(const struct code_module *module)
{
	/* As libdwfl does, so that finleak runs without the library that knows the protocol. */
	void *library = getenv("DEBUGINFOD_URLS") ? dlopen("libdebuginfod.so.1", RTLD_LAZY) : NULL;
	int (*find)(void *client, const unsigned char *build_id, int size, char **path);
	void *(*begin)(void), *client;
	void (*end)(void *client);
	int fd = -1;

	if (!library)
		return -1;
	*(void **)&begin = dlsym(library, "debuginfod_begin");
	*(void **)&find = dlsym(library, "debuginfod_find_debuginfo");
	*(void **)&end = dlsym(library, "debuginfod_end");
	client = begin && find && end ? begin() : NULL;
	if (client) {
		progress_wait("downloading debug information of", module->path);
		fd = find(client, module->build_id, (int)module->build_id_size, NULL);
		end(client);
	}
	/* It stays loaded: what it has started (curl) does not expect to be unloaded. */
	if (fd < 0 || has_recorded_build_id(fd, module))
		return fd;
	close(fd);
	return -1;
}

/*
 * A separate debug file with the recorded build-id, without the module itself; -1: none. Not by
 * dwfl_standard_find_debuginfo: called outside of its callback it makes dwfl_end (elfutils 0.188)
 * close descriptor 0.
 */
static int open_debug_file(const struct module_places *places, const struct code_module *module)
{
	const char *folder = places->debuginfo_path, *end;
	int fd = -1;

	for (; fd < 0; folder = end + 1) {
		end = strchrnul(folder, ':');
		if (folder[0] == '/')
			fd = open_in_folder(folder, (size_t)(end - folder), module);
		if (*end == '\0')
			break;
	}
	return fd >= 0 ? fd : download(module);
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
