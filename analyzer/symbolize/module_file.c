/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/module_file.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/regular_file.h"
#include "analyzer/symbolize/elf_identity.h"
#include "analyzer/symbolize/naming_limits.h"

/* What the kernel and /proc append to the name of an unlinked file. */
#define DELETED_SUFFIX " (deleted)"

static int find_debug_file(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			   const char *file_name, const char *link, GElf_Word crc, char **found);

static int find_nothing(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			const char *file_name, const char *link, GElf_Word crc, char **found)
{
	(void)module, (void)userdata, (void)name, (void)base;
	(void)file_name, (void)link, (void)crc, (void)found;
	return -1;
}

void module_places_set(struct module_places *places, const char *sysroot, const char *debug_dir,
		       const struct module_waits *waits)
{
	const char *servers = getenv("DEBUGINFOD_URLS");

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
		.find_debuginfo = find_debug_file,
		.section_address = dwfl_offline_section_address,
		.debuginfo_path = &places->debuginfo_path,
	};
	places->callbacks_of_symbols = places->callbacks;
	places->callbacks_of_symbols.find_debuginfo = find_nothing;
	if (waits)
		places->waits = *waits;
	if (servers && servers[0])
		places->debuginfod = allocate_text(servers);
	unsetenv("DEBUGINFOD_URLS");
}

void module_places_clear(struct module_places *places)
{
	free(places->sysroot);
	free(places->debuginfo_path);
	if (places->debuginfod)
		setenv("DEBUGINFOD_URLS", places->debuginfod, 1);
	free(places->debuginfod);
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
	fd = regular_file_open(path, &status);
	if (fd < 0 || is_recorded_file(fd, &status, module))
		return fd;
	*changed = true;
	close(fd);
	return -1;
}

static void allow_for(int fd)
{
	struct stat status;

	if (fd >= 0 && fstat(fd, &status) == 0)
		naming_limits_allow(&status);
}

/* Reports the one module of a session of its own. FD is taken over. */
static bool report_file(struct module_places *places, const char *path, int fd, bool symbols_only,
			struct module_file *file)
{
	void **userdata;

	allow_for(fd);
	file->dwfl = dwfl_begin(symbols_only ? &places->callbacks_of_symbols : &places->callbacks);
	if (!file->dwfl) {
		close(fd);
		return false;
	}
	dwfl_report_begin(file->dwfl);
	/* Base 0 plus p_vaddr: addresses of the session are those of the file. */
	file->module = dwfl_report_elf(file->dwfl, path, path, fd, 0, true);
	if (!file->module)
		close(fd);
	else if (dwfl_module_info(file->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL))
		*userdata = places;
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
	struct stat status;
	int fd;

	for (size_t i = 0; i < module->build_id_size && i < RECORDED_BUILD_ID_MAX; i++)
		snprintf(name + 2 * i, 3, "%02x", module->build_id[i]);
	path = allocate_printed("%.*s/.build-id/%.2s/%s.debug", (int)folder_length, folder, name,
				name + 2);
	fd = regular_file_open(path, &status);
	free(path);
	if (fd < 0 || has_recorded_build_id(fd, module))
		return fd;
	close(fd);
	return -1;
}

/*
 * The debug file with BUILD_ID of the module in PATH from the servers in DEBUGINFOD_URLS; -1 where
 * there are none or they don't have it.
 */
static int download(const struct module_places *places, const char *path, const uint8_t *build_id,
		    int size)
{
	/* As libdwfl does, so that finleak runs without the library that knows the protocol. */
	void *library = places->debuginfod ? dlopen("libdebuginfod.so.1", RTLD_LAZY) : NULL;
	int (*find)(void *client, const unsigned char *build_id, int size, char **path);
	void *(*begin)(void), *client;
	void (*end)(void *client);
	int fd = -1;

	if (!library)
		return -1;
	*(void **)&begin = dlsym(library, "debuginfod_begin");
	*(void **)&find = dlsym(library, "debuginfod_find_debuginfo");
	*(void **)&end = dlsym(library, "debuginfod_end");
	setenv("DEBUGINFOD_URLS", places->debuginfod, 1);
	client = begin && find && end ? begin() : NULL;
	if (client) {
		if (places->waits.download)
			places->waits.download(places->waits.context, path);
		fd = find(client, build_id, size, NULL);
		end(client);
		if (places->waits.download)
			places->waits.download(places->waits.context, NULL);
	}
	unsetenv("DEBUGINFOD_URLS");
	/* It stays loaded: what it has started (curl) does not expect to be unloaded. */
	return fd;
}

static int find_debug_file(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			   const char *file_name, const char *link, GElf_Word crc, char **found)
{
	const struct module_places *places = *userdata;
	const unsigned char *build_id;
	int fd, size;
	GElf_Addr at;

	fd = dwfl_standard_find_debuginfo(module, userdata, name, base, file_name, link, crc,
					  found);
	/* A link without a checksum is one to what several debug files share (dwz). */
	if (fd < 0 && places && (crc || !link)) {
		size = dwfl_module_build_id(module, &build_id, &at);
		if (size > 0)
			fd = download(places, file_name ? file_name : name, build_id, size);
	}
	allow_for(fd);
	return fd;
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
	if (fd < 0) {
		fd = download(places, module->path, module->build_id, (int)module->build_id_size);
		if (fd >= 0 && !has_recorded_build_id(fd, module)) {
			close(fd);
			fd = -1;
		}
	}
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
		      bool symbols_only, struct module_file *file)
{
	bool deleted = path_suffix(module->path, DELETED_SUFFIX);
	char *path = path_with_suffix(module->path, DELETED_SUFFIX, "");
	int fd = -1;

	memset(file, 0, sizeof(*file));
	file->found = MODULE_FILE_NONE;
	if (!names_no_file(path))
		fd = find_recorded(places, path, module, &file->changed);
	/* Another file in the place of an unlinked one is no surprise. */
	if (deleted)
		file->changed = false;
	if (fd >= 0) {
		file->changed = false;
		if (report_file(places, path, fd, symbols_only, file))
			file->found = MODULE_FILE_SAME;
		goto out;
	}
	fd = module->build_id_size && !symbols_only ? open_debug_file(places, module) : -1;
	if (fd >= 0 && report_file(places, path, fd, symbols_only, file))
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
