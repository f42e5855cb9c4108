/* SPDX-License-Identifier: MIT */
#include "analyzer/attach/target_code.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/mapped_file.h"
#include "analyzer/base/paths.h"
#include "analyzer/base/proc_lines.h"

/*
 * A process that runs code made at run time must not have its maps read for each stack: after so
 * many times in vain they are read so much later.
 */
#define IN_VAIN_MAX   8
#define READ_AGAIN_NS (100 * NS_PER_MS)

struct target_code {
	int pid;
	struct target_module *modules; /* by address */
	size_t count;
	uint64_t read_ns; /* the maps were read last; 0: never */
	unsigned int in_vain;
};

static void clear_module(struct target_module *module)
{
	code_image_release(module->image);
	free(module->path);
}

void target_code_free(struct target_code *code)
{
	size_t i;

	if (!code)
		return;
	for (i = 0; i < code->count; i++)
		clear_module(&code->modules[i]);
	free(code->modules);
	free(code);
}

static bool names_libc(const char *path)
{
	static const char *const names[] = { "libc.so.", "libc-2", "libpthread", "ld-musl-",
					     "libc.musl-" };
	const char *name = path_base(path);
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return true;
	return false;
}

static bool is_known(const struct target_code *code, const struct mapped_file *mapping)
{
	size_t i;

	for (i = 0; i < code->count; i++) {
		const struct target_module *module = &code->modules[i];

		if (mapping->start >= module->start && mapping->start < module->end)
			return strcmp(module->path, mapping->path) == 0;
	}
	return false;
}

/* What was mapped where MODULE is now is gone. */
static void remove_overlapping(struct target_code *code, const struct target_module *module)
{
	size_t kept = 0, i;

	for (i = 0; i < code->count; i++) {
		if (code->modules[i].start < module->end && module->start < code->modules[i].end)
			clear_module(&code->modules[i]);
		else
			code->modules[kept++] = code->modules[i];
	}
	code->count = kept;
}

static void add(struct target_code *code, const struct mapped_file *mapping)
{
	struct target_module module = { .start = 0 };
	int fd = mapped_file_open(code->pid, mapping);

	if (fd < 0)
		return;
	module.image = code_image_of(fd);
	close(fd);
	if (!module.image)
		return;
	if (!code_image_place(module.image, mapping->offset, mapping->start, &module.bias,
			      &module.start, &module.end)) {
		code_image_release(module.image);
		return;
	}
	module.path = allocate_text(mapping->path);
	module.is_libc = names_libc(mapping->path);
	remove_overlapping(code, &module);
	code->modules = realloc(code->modules, (code->count + 1) * sizeof(module));
	if (!code->modules)
		allocate_failed();
	code->modules[code->count++] = module;
}

static void read_maps(struct target_code *code)
{
	struct mapped_file mapping;
	struct proc_lines maps;
	char *line;

	code->read_ns = clock_ns(CLOCK_MONOTONIC);
	if (!proc_lines_open(&maps, code->pid, "maps", '\n'))
		return;
	while ((line = proc_lines_next(&maps)))
		if (mapped_file_parse(line, &mapping) && !is_known(code, &mapping))
			add(code, &mapping);
	proc_lines_close(&maps);
}

struct target_code *target_code_new(int pid)
{
	struct target_code *code = allocate_zeroed(1, sizeof(*code));

	code->pid = pid;
	read_maps(code);
	return code;
}

struct target_code *target_code_fork(const struct target_code *parent, int pid)
{
	struct target_code *code = allocate_zeroed(1, sizeof(*code));
	size_t i;

	code->pid = pid;
	code->read_ns = parent->read_ns;
	code->count = parent->count;
	code->modules = allocate_zeroed(parent->count + 1, sizeof(*code->modules));
	for (i = 0; i < parent->count; i++) {
		code->modules[i] = parent->modules[i];
		code_image_share(code->modules[i].image);
		code->modules[i].path = allocate_text(parent->modules[i].path);
	}
	return code;
}

static struct target_module *find(struct target_code *code, uint64_t address)
{
	size_t i;

	for (i = 0; i < code->count; i++)
		if (address >= code->modules[i].start && address < code->modules[i].end)
			return &code->modules[i];
	return NULL;
}

struct target_module *target_code_at(struct target_code *code, uint64_t address)
{
	struct target_module *found = find(code, address);

	if (found || (code->in_vain >= IN_VAIN_MAX &&
		      clock_ns(CLOCK_MONOTONIC) - code->read_ns < READ_AGAIN_NS))
		return found;
	read_maps(code);
	found = find(code, address);
	code->in_vain = found ? 0 : code->in_vain + 1;
	return found;
}
