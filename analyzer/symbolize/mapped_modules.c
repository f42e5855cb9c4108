/* SPDX-License-Identifier: MIT */
#include "analyzer/symbolize/mapped_modules.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "analyzer/base/allocate.h"
#include "analyzer/base/clock.h"
#include "analyzer/base/mapped_file.h"
#include "analyzer/base/proc_lines.h"
#include "analyzer/base/proc_task.h"
#include "analyzer/recordings/stand_in.h"
#include "analyzer/symbolize/elf_identity.h"
#include "analyzer/symbolize/elf_segments.h"

/* More is no honest program. */
#define MODULES_MAX 4096

struct reading {
	int task;
	struct recorded_module *modules;
	size_t count;
	char *texts;
	size_t text_size;
	bool has_go;
	uint64_t go_bias;
};

/* One file may have several executable mappings. */
static bool is_known(const struct reading *reading, const struct mapped_file *mapped)
{
	const struct recorded_module *last = &reading->modules[reading->count - 1];

	return reading->count && mapped->start >= last->start && mapped->start < last->end &&
	       strcmp(reading->texts + last->path, mapped->path) == 0;
}

static void keep_path(struct reading *reading, struct recorded_module *module, const char *path)
{
	size_t size = strlen(path) + 1;
	char *grown = realloc(reading->texts, reading->text_size + size);

	if (!grown)
		allocate_failed();
	memcpy(grown + reading->text_size, path, size);
	module->path = (uint32_t)reading->text_size;
	reading->texts = grown;
	reading->text_size += size;
}

/* The file FD is hostile: it is read, and every size in it checked. */
static bool describe(struct recorded_module *module, int fd, const struct mapped_file *mapped,
		     bool *is_go)
{
	struct elf_identity identity;
	struct elf_segments segments;
	struct stat status;

	if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) ||
	    !elf_identity_read(fd, &identity) || identity.elf_class != ELFCLASS64 ||
	    !elf_segments_read(&segments, fd) ||
	    !elf_segments_place(&segments, mapped->offset, mapped->start, &module->bias,
				&module->start, &module->end))
		return false;
	module->file_size = (uint64_t)status.st_size;
	module->file_mtime_ns =
		(int64_t)status.st_mtim.tv_sec * (int64_t)NS_PER_S + status.st_mtim.tv_nsec;
	module->build_id_size = (uint32_t)identity.build_id_size;
	memcpy(module->build_id, identity.build_id, sizeof(module->build_id));
	*is_go = identity.is_go;
	return true;
}

static void add(struct reading *reading, const struct mapped_file *mapped)
{
	struct recorded_module module = { .start = 0 };
	int fd = mapped_file_open(reading->task, mapped);
	bool is_module, is_go = false;

	if (fd < 0)
		return;
	is_module = describe(&module, fd, mapped, &is_go);
	close(fd);
	if (!is_module)
		return;
	if (is_go && !reading->has_go) {
		reading->has_go = true;
		reading->go_bias = module.bias;
	}
	keep_path(reading, &module, mapped->path);
	*(struct recorded_module *)allocate_next(&reading->modules, reading->count,
						 sizeof(module)) = module;
	reading->count++;
}

bool mapped_modules_read(struct recording *recording, uint64_t *go_bias)
{
	struct reading reading = { .task = proc_task(recording->header.pid) };
	struct mapped_file mapped;
	struct proc_lines maps;
	const char *line;

	if (!proc_lines_open(&maps, reading.task, "maps", '\n'))
		return false;
	while (reading.count < MODULES_MAX && (line = proc_lines_next(&maps)))
		if (mapped_file_parse(line, &mapped) && !is_known(&reading, &mapped))
			add(&reading, &mapped);
	proc_lines_close(&maps);
	*go_bias = reading.go_bias;
	if (reading.count)
		stand_in_give_modules(recording, reading.modules, reading.count, reading.texts,
				      reading.text_size);
	return reading.has_go;
}
